"""Files: written whole or not at all, opened with care, naturally sorted, named on one line."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import natsort
import numpy as np

from faceflow.types import AnyArray

StrPath: TypeAlias = str | os.PathLike[str]
"""A path as `open` takes it, but for bytes."""

Buffer: TypeAlias = bytes | bytearray | memoryview | AnyArray
"""Contiguous memory that is written as it lies."""

Source: TypeAlias = io.BufferedReader | io.BytesIO
"""An open file, or the bytes of one."""

TEMPORARY_PREFIX = ".faceflow-"
TEMPORARY_SUFFIX = ".tmp"

_DIGITS = bytes.maketrans(b"123456789", b"000000000")

_natsort_key = natsort.natsort_keygen()


def atomic_write(path: StrPath, data: Buffer | Iterable[Buffer]) -> None:
    """Write a file that is there whole or not at all, even if the process is killed.

    The bytes go to a hidden file of the same folder (`TEMPORARY_PREFIX`, random digits,
    `TEMPORARY_SUFFIX`), which then takes the name. A failure or Ctrl-C removes it; only a killed
    process leaves one behind. Nothing is forced to the disk, so a power cut may still lose a file.

    Parameters
    ----------
    path
        The file; one that is there is replaced.
    data
        A C-contiguous buffer, or several that follow one another; none is copied.

    Raises
    ------
    OSError
        From the file system, as it came: no such folder, disk full, ...

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.bin")
    ...     atomic_write(path, [b"head", memoryview(b"body")])
    ...     path.read_bytes()
    b'headbody'
    """
    buffers = [data] if isinstance(data, bytes | bytearray | memoryview | np.ndarray) else data
    # Text and system calls, not Path and file objects: there are three files to a frame, and this
    # halves what each costs beside its bytes.
    folder = os.path.dirname(path)  # noqa: PTH120
    temporary = os.path.join(folder, _temporary_name())  # noqa: PTH118
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            for buffer in buffers:
                _write_all(descriptor, buffer)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def _write_all(descriptor: int, buffer: Buffer) -> None:
    left = memoryview(buffer.data if isinstance(buffer, np.ndarray) else buffer).cast("B")
    while left:
        left = left[os.write(descriptor, left) :]


def temporary_path(path: Path) -> Path:
    """A new hidden name beside a path, for what is to take its place when it is whole."""
    return path.with_name(_temporary_name())


def _temporary_name() -> str:
    # Not made from the final name, which may already have all the bytes a name can have; random
    # rather than numbered, as processes of several machines may write to one shared folder.
    return f"{TEMPORARY_PREFIX}{os.getpid()}-{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"


def remove_temporary(folder: Path) -> None:
    """Take away what runs that were killed left in a folder, files and folders alike."""
    lefts: list[Path] = []
    # Not by Path.glob, which lists all of what may be 200,000 files first.
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        lefts += [folder / e.name for e in entries if e.name.startswith(TEMPORARY_PREFIX)]
    for left in lefts:
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)


def natural_key(name: str) -> tuple[Any, str]:
    """The sort key of a name in natural order, in which 2 comes before 10.

    The order is total and the same in every locale: names that natsort holds equal (``01`` and
    ``1``) go by their characters.

    Examples
    --------
    >>> sorted(["10.jpg", "2.jpg"], key=natural_key)
    ['2.jpg', '10.jpg']
    """
    return _natsort_key(name), name


def natural_sorted(names: Iterable[str]) -> list[str]:
    """Names in natural order, see `natural_key`.

    Examples
    --------
    >>> natural_sorted(["f10", "f01", "f2", "f1"])
    ['f01', 'f1', 'f2', 'f10']
    """
    listed = list(names)
    if _alike(listed):
        # They differ in digits at the same places only: then plain order is natural order. Keys
        # of natsort take 400 bytes each, and a sequence may have 100,000 frames.
        return sorted(listed)
    return sorted(listed, key=natural_key)


def _alike(names: list[str]) -> bool:
    """Whether names, of ASCII, are the same once each digit is 0."""
    text = "/".join(names)  # no file's name has it
    if not text.isascii() or text.count("/") >= max(len(names), 1):
        return False
    return len(set(text.encode().translate(_DIGITS).split(b"/"))) <= 1


def open_regular(path: StrPath) -> io.BufferedReader:
    """Open a regular file for reading bytes.

    Raises
    ------
    OSError
        There is no such file, it is a folder, a pipe or a device, or it cannot be opened.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - Path() would refuse what open() takes
    except ValueError as error:  # a name with a zero byte, or one this system cannot encode
        raise OSError(errno.EINVAL, str(error)) from error
    _check_regular(mode)  # before opening: to open a pipe is to wait for its writer
    return open(path, "rb")  # noqa: PTH123 - as above, and for speed


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file")


def digest_file(path: StrPath) -> bytes:
    """Compute the SHA-256 of a regular file.

    Raises
    ------
    OSError
        As from `open_regular`.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").digest()


def read_regular(path: StrPath, most: int) -> bytes:
    """All bytes of a regular file, which may have `most` of them.

    Raises
    ------
    OSError
        As from `open_regular`, or there are more.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.bin")
    ...     _ = path.write_bytes(b"bytes")
    ...     read_regular(path, 10)
    b'bytes'
    """
    # System calls, as in `atomic_write`. Without waiting: a pipe may have no writer.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except ValueError as error:  # see `open_regular`
        raise OSError(errno.EINVAL, str(error)) from error
    try:
        status = os.fstat(descriptor)
        _check_regular(status.st_mode)
        if status.st_size > most:
            raise OSError(errno.EFBIG, f"it has {status.st_size} bytes, at most {most} are taken")
        pieces = []
        while piece := os.read(descriptor, max(status.st_size, 1)):
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    finally:
        os.close(descriptor)


def os_reason(error: OSError) -> str:
    """Why the system refused, without the path: records hold no absolute paths.

    Examples
    --------
    >>> os_reason(FileNotFoundError(2, "No such file or directory", "/some/where"))
    'No such file or directory'
    """
    return error.strerror or type(error).__name__


def shown(path: StrPath) -> str:
    """A path as a message shows it: on one line, and printable whatever its bytes are.

    Examples
    --------
    >>> print(shown("a folder/b.flo"), shown("two\\nlines"))
    a folder/b.flo 'two\\nlines'
    """
    text = os.fspath(path)
    return text if text.isprintable() else repr(text)


def frame_name(path: StrPath) -> str:
    """The last three parts of a path, subject/sequence/file: what records call a frame's file.

    Examples
    --------
    >>> frame_name("/data/Subjects/F001/T1/0003.jpg")
    'F001/T1/0003.jpg'
    """
    parts = [part for part in os.fspath(path).split("/") if part not in ("", ".")]
    return shown("/".join(parts[-3:]))
