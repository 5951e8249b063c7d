"""The archives that Keras keeps models in: a configuration, and weights."""

from __future__ import annotations

import io
import json
import lzma
import zipfile
import zlib
from typing import Any

from faceflow.errors import ModelFileError
from faceflow.files import StrPath, shown

_CONFIGURATION = "config.json"
_WEIGHTS = "model.weights.h5"
_MOST_BYTES = {_CONFIGURATION: 2**20, _WEIGHTS: 2**32}
"""Of each member, unpacked."""

_DAMAGE = (
    *(OSError, KeyError, ValueError, EOFError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What reading an archive raises where it is damaged, or packed in ways unknown."""


def is_archive(path: StrPath) -> bool:
    """Whether a file is a zip archive, as those of Keras are."""
    return zipfile.is_zipfile(path)


def read_configuration(path: StrPath) -> dict[str, Any]:
    """What a network in an archive was made with.

    Keras would make whatever class a file names; here it is only looked up that it is ours.

    Raises
    ------
    ModelFileError
        It is no archive of Keras, or of another model.
    """
    try:
        stored: Any = json.loads(_read(path, _CONFIGURATION))
    except ModelFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{shown(path)} is no model of Keras: {error}") from error
    if not isinstance(stored, dict):
        raise ModelFileError(f"{shown(path)} is no model of Keras: {_CONFIGURATION} has no values")
    kind = stored.get("registered_name") or stored.get("class_name")
    if kind != "faceflow>FlowNetS":
        raise ModelFileError(f"{shown(path)} holds a model {kind!r}, 'faceflow>FlowNetS' is taken")
    configuration = stored.get("config")
    if not isinstance(configuration, dict):
        raise ModelFileError(f"{shown(path)} is no model of Keras: its configuration has no values")
    return configuration


def weights_in(path: StrPath) -> io.BytesIO:
    """The HDF5 file in an archive.

    Raises
    ------
    ModelFileError
        It is no archive of Keras.
    """
    return io.BytesIO(_read(path, _WEIGHTS))


def _read(path: StrPath, member: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.getinfo(member)
            size = found.file_size
            if member == _WEIGHTS and found.compress_type != zipfile.ZIP_STORED:
                raise ModelFileError(
                    f"{shown(path)}: {member} is compressed, as Keras writes none: {size} bytes "
                    f"in {found.compress_size}"
                )
            if size > _MOST_BYTES[member]:
                raise ModelFileError(
                    f"{shown(path)}: {member} has {size} bytes, {_MOST_BYTES[member]} are taken"
                )
            with archive.open(member) as opened:
                return opened.read(size)
    except ModelFileError:
        raise
    except _DAMAGE as error:
        raise ModelFileError(f"{shown(path)} is no model of Keras: {error}") from error
