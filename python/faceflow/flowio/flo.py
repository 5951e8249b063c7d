"""Middlebury .flo: a magic number, width, height, then rows of (u, v), all little endian.

Baker et al., A Database and Evaluation Methodology for Optical Flow, IJCV 92, 2011; the format is
that of the benchmark's ``flowIO.cpp``.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from faceflow.errors import FlowFileError
from faceflow.files import Buffer, Source
from faceflow.flowio.field import (
    MOST_KNOWN,
    check_bytes,
    check_range,
    check_size,
    filled,
    known_pixels,
    without_unknown,
)
from faceflow.types import Flow, Mask, Size

UNKNOWN = 1e10

_HEADER = struct.Struct("<4sii")
_MAGIC = struct.pack("<f", 202021.25)  # "PIEH"


def encode(flow: Flow, valid: Mask | None = None, *, unknown: float = UNKNOWN) -> Sequence[Buffer]:
    """The header and the field; the array's own memory where every pixel is valid.

    Parameters and errors are those of `registry.FlowFormat`; valid values beyond 1e9 are refused,
    as they would be read as unknown. `unknown` is written where `valid` is False.

    Examples
    --------
    >>> header, field = encode(np.zeros((4, 6, 2), np.float32))
    >>> bytes(header[:4]), field.nbytes
    (b'PIEH', 192)
    """
    known = known_pixels(flow, valid)
    check_range(flow, known, -MOST_KNOWN, MOST_KNOWN, "as more means unknown, .flo")
    return encode_filled(filled(flow, known, unknown))


def encode_filled(flow: Flow) -> Sequence[Buffer]:
    """The same of a field that holds what the file is to hold at every pixel; nothing is checked.

    Examples
    --------
    >>> encode_filled(np.zeros((4, 6, 2), np.float32))[1].shape
    (4, 6, 2)
    """
    height, width = flow.shape[:2]
    return [_HEADER.pack(_MAGIC, width, height), flow.astype("<f4", copy=False)]


def decode(source: Source, size: int, name: str) -> tuple[Flow, Mask]:
    """The field, with NaN where a component is NaN, infinite or beyond 1e9; see `registry`."""
    flow = np.empty((*measure(source, size, name), 2), "<f4")
    if source.readinto(flow.data.cast("B")) != flow.nbytes:
        raise FlowFileError(f"{name} has become shorter while it was read")
    return without_unknown(flow.astype(np.float32, copy=False))


def measure(source: Source, size: int, name: str) -> Size:
    """The size that the header declares, which is that of the file; see `registry`."""
    if size < _HEADER.size:
        raise FlowFileError(f"{name} is cut short: {size} bytes, the header alone has 12")
    magic, width, height = _HEADER.unpack(source.read(_HEADER.size))
    if magic == _MAGIC[::-1]:
        raise FlowFileError(f"{name} is no .flo file: its magic number is big endian")
    if magic != _MAGIC:
        raise FlowFileError(f"{name} is no .flo file: it begins with {magic!r}, not {_MAGIC!r}")
    check_size(height, width, name)
    check_bytes(size, _HEADER.size + 8 * height * width, name)
    return height, width
