"""numpy's .npz, uncompressed: ``flow`` (H, W, 2) float16 and ``valid`` (H, W) bool."""

from __future__ import annotations

import contextlib
import io
import math
import struct
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np

from faceflow.errors import FlowFileError
from faceflow.files import Buffer, Source
from faceflow.flowio.field import (
    check_range,
    check_size,
    filled,
    finite_pixels,
    known_pixels,
)
from faceflow.types import AnyArray, Flow, Mask, Size

_MOST = float(np.finfo(np.float16).max)
_MEMBERS = {"flow.npy": (np.dtype("<f2"), 3), "valid.npy": (np.dtype("?"), 2)}
_ENCRYPTED = 1
_END = struct.Struct("<4s4H2LH")
_DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,  # zipfile: an unknown version or method
    EOFError,
    struct.error,
    ValueError,  # numpy: a bad header
    OverflowError,
)


def encode(
    flow: Flow, valid: Mask | None = None, *, unknown: float | None = np.nan
) -> Sequence[Buffer]:
    """What `numpy.savez` writes; values beyond 65504 px are refused; see `registry`.

    `unknown` is written where `valid` is False; the flow itself where it is None.

    Examples
    --------
    >>> [archive] = encode(np.zeros((4, 6, 2), np.float32))
    >>> sorted(np.load(io.BytesIO(archive)))
    ['flow', 'valid']
    """
    known = known_pixels(flow, valid)
    written = known_pixels(flow, None) if unknown is None else known
    check_range(flow, written, -_MOST, _MOST, "float16")
    archive = io.BytesIO()
    mask = np.ones(flow.shape[:2], np.bool_) if known is None else known
    kept = flow if unknown is None else filled(flow, known, unknown)
    np.savez(archive, flow=kept.astype("<f2"), valid=mask)
    return [archive.getbuffer()]


def decode(source: Source, size: int, name: str) -> tuple[Flow, Mask]:
    """The field as stored; pickles, other members and compression are refused; see `registry`."""
    with _opened(source, size, name) as archive:
        flow = _to_float32(_read_member(archive, "flow.npy", name))
        valid = _read_member(archive, "valid.npy", name).copy()
    _check_shapes(flow.shape, valid.shape, name)
    if not (finite_pixels(flow) | ~valid).all():
        raise FlowFileError(f"{name} has flow that is not finite where valid is True")
    return flow, valid


def measure(source: Source, size: int, name: str) -> Size:
    """The size that its members' headers declare, which is that of their data; see `registry`."""
    shapes = []
    with _opened(source, size, name) as archive:
        for member in _MEMBERS:
            with archive.open(member) as file:
                shapes.append(_whole_shape(archive, file, member, name))
    flow, valid = shapes
    _check_shapes(flow, valid, name)
    return flow[0], flow[1]


@contextlib.contextmanager
def _opened(source: Source, size: int, name: str) -> Iterator[zipfile.ZipFile]:
    _check_end(source, size, name)
    try:
        with zipfile.ZipFile(source) as archive:
            _check_members(archive, size, name)
            yield archive
    except FlowFileError:
        raise
    except _DAMAGE as error:
        raise FlowFileError(f"{name} is damaged: {' '.join(str(error).split())}") from error


def _check_shapes(flow: tuple[int, ...], valid: tuple[int, ...], name: str) -> None:
    if valid != flow[:2]:
        raise FlowFileError(f"{name} has flow {flow} and valid {valid}")


def _check_end(source: Source, size: int, name: str) -> None:
    """zipfile takes archives with bytes before and behind them: nothing else was written here."""
    source.seek(max(size - _END.size, 0))
    tail = source.read(_END.size)
    source.seek(0)
    if len(tail) < _END.size or not tail.startswith(b"PK\x05\x06"):
        raise FlowFileError(
            f"{name} is no .npz file, cut short, or has trailing bytes: no zip directory at its end"
        )
    *_, length, offset, comment = _END.unpack(tail)
    if length + offset + _END.size != size or comment:
        raise FlowFileError(f"{name} is damaged: its zip directory is not where it should be")


def _check_members(archive: zipfile.ZipFile, size: int, name: str) -> None:
    names = sorted(archive.namelist())
    if names != sorted(_MEMBERS):
        raise FlowFileError(f"{name} has members {names}, {sorted(_MEMBERS)} are taken")
    for info in archive.infolist():
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & _ENCRYPTED:
            raise FlowFileError(f"{name} has {info.filename} compressed, as it lies is taken")
        if info.file_size != info.compress_size or info.file_size > size:
            raise FlowFileError(f"{name} is damaged: size of {info.filename} in its directory")


def _read_member(archive: zipfile.ZipFile, member: str, name: str) -> AnyArray:
    dtype = _MEMBERS[member][0]
    with archive.open(member) as file:
        shape = _whole_shape(archive, file, member, name)
        data = file.read()
    if dtype == np.bool_ and data.strip(b"\x00\x01"):
        raise FlowFileError(f"{name} is damaged: {member} has bytes other than 0 and 1")
    return np.frombuffer(data, dtype).reshape(shape)


def _whole_shape(
    archive: zipfile.ZipFile, file: IO[bytes], member: str, name: str
) -> tuple[int, ...]:
    shape, dtype = _read_shape(file, member, name), _MEMBERS[member][0]
    check_size(shape[0], shape[1], f"{name} ({member})")
    expected = math.prod(shape) * dtype.itemsize
    if archive.getinfo(member).file_size != file.tell() + expected:
        raise FlowFileError(f"{name} is damaged: {member} has not the size of {shape} {dtype}")
    return shape


def _read_shape(file: IO[bytes], member: str, name: str) -> tuple[int, ...]:
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise FlowFileError(f"{name} has {member} in .npy version {version}, (1, 0) is taken")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    taken, ndim = _MEMBERS[member]
    if dtype != taken or by_columns or len(shape) != ndim or shape[2:] not in ((), (2,)):
        wanted = "(H, W, 2)" if ndim == 3 else "(H, W)"
        raise FlowFileError(f"{name} has {member} {shape} {dtype}, {wanted} {taken} is taken")
    return shape


def _to_float32(flow: AnyArray) -> Flow:
    with np.errstate(invalid="ignore"):  # a signalling NaN in a file is no matter
        return flow.astype(np.float32)
