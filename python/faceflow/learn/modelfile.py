"""Models in files of Keras: archives of a configuration and weights."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import keras

from faceflow.errors import ConfigError, ModelFileError
from faceflow.files import StrPath, shown
from faceflow.learn.network.flownet import FlowNetS

_CONFIGURATION = "config.json"
_MOST_BYTES = {_CONFIGURATION: 2**20, "model.weights.h5": 2**33, "metadata.json": 2**20}
"""Of each member, unpacked."""


def is_archive(path: StrPath) -> bool:
    """Whether a file is a zip archive, as those of Keras are."""
    return zipfile.is_zipfile(path)


def read_model(path: StrPath) -> FlowNetS:
    """Read a ``.keras`` file of this network; nothing in it is run as code.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    model
        Not compiled.

    Raises
    ------
    ModelFileError
        The file is no such archive, is of another model, or its weights do not fit.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     FlowNetS(64, 64, width_multiplier=0.05).save(f"{folder}/a.keras")
    ...     read_model(f"{folder}/a.keras").width_multiplier
    0.05
    """
    _check_configuration(path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except ConfigError as error:
        raise ModelFileError(f"{shown(path)}: {error}") from error
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelFileError(f"{shown(path)} cannot be read: {first}") from error
    assert isinstance(model, FlowNetS)
    return model


def _check_configuration(path: StrPath) -> None:
    """See that it is our network that will be built, before Keras builds whatever is there."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.file_size > _MOST_BYTES.get(member.filename, 0):
                    raise ModelFileError(
                        f"{shown(path)} is no model of faceflow's: {shown(member.filename)} in it "
                        f"has {member.file_size} bytes"
                    )
            stored: Any = json.loads(archive.read(_CONFIGURATION))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{shown(path)} is no model of Keras: {error}") from error
    kind = stored.get("registered_name") if isinstance(stored, dict) else None
    if kind != "faceflow>FlowNetS":
        raise ModelFileError(f"{shown(path)} holds a model {kind!r}, 'faceflow>FlowNetS' is taken")
