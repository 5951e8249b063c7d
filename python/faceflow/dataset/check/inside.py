"""Opening files of a dataset, and none outside of it."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from faceflow.dataset.check.findings import Fault
from faceflow.dataset.layout import SequenceLayout
from faceflow.errors import FaceflowError, FrameError
from faceflow.files import open_regular, os_reason, shown

Look: TypeAlias = Callable[[io.BufferedReader, int, str], None]
"""Takes an open file, its size in bytes and its name; raises what is wrong with it."""

_REPLACED = (errno.EISDIR, errno.ELOOP, errno.EINVAL)
"""A folder, a link in a circle, a pipe: something else stands in the place of a file."""

_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def leads_out(root: Path, path: Path) -> bool:
    """Whether a path, links followed, ends outside of a folder."""
    real = os.path.realpath(root)
    return os.path.commonpath([real, os.path.realpath(path)]) != real


def is_link_out(root: Path, path: Path) -> bool:
    """Whether a path itself is a link that ends outside of a folder; its own folder does not."""
    return path.is_symlink() and leads_out(root, path)


def parts_leading_out(layout: SequenceLayout) -> list[Fault]:
    """The folders of a sequence, and its record, that lie elsewhere."""
    return [
        Fault("outside", sequence_name(layout), f"{shown(name)} is a link out of the dataset")
        for part in (layout.records, layout.flows, layout.pictures, layout.record)
        if leads_out(layout.root, part)
        for name in [inner_name(layout, part)]
    ]


def is_unreadable(path: Path) -> bool:
    """Whether the system refuses to read what is there, which may well be whole."""
    try:
        open_regular(path).close()
    except OSError as error:
        return error.errno not in (*_REPLACED, *_ABSENT)
    return False


def look_at(layout: SequenceLayout, path: Path, look: Look) -> Fault | None:
    """What is wrong with a file that the record promises; None where nothing is.

    Its folder has to lie in the dataset, see `parts_leading_out`.
    """
    name, sequence = inner_name(layout, path), sequence_name(layout)
    try:
        if is_link_out(layout.root, path):
            return Fault("outside", sequence, f"{shown(name)} is a link out of the dataset")
        with open_regular(path) as file:
            look(file, os.fstat(file.fileno()).st_size, shown(name))
    except OSError as error:
        why = os_reason(error)
        if error.errno in _ABSENT and not path.is_symlink():
            return Fault("missing", sequence, f"{shown(name)} is not there")
        replaced = error.errno in _REPLACED or path.is_symlink()
        kind, delete = ("damaged", (name,)) if replaced else ("unreadable", ())
        return Fault(kind, sequence, f"{shown(name)} cannot be read: {why}", delete)
    except FaceflowError as error:
        line = error.detail if isinstance(error, FrameError) else str(error)
        return Fault("damaged", sequence, line, (name,))
    return None


def inner_name(layout: SequenceLayout, path: Path) -> str:
    """A path as it is within the dataset."""
    return path.relative_to(layout.root).as_posix()


def sequence_name(layout: SequenceLayout) -> str:
    """``subject/sequence``."""
    return f"{layout.subject}/{layout.sequence}"
