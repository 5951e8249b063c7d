"""PFM with three channels: u, v and zero, rows from the bottom up (as FlyingThings3D has it)."""

from __future__ import annotations

import re
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

# One white space ends the header: the next byte may be data that looks like another.
_HEADER = re.compile(rb"PF\s+(\d{1,10})\s+(\d{1,10})\s+([-+]?[0-9.eE+-]{1,32})\s")
_LONGEST_HEADER = 128


def encode(flow: Flow, valid: Mask | None = None) -> Sequence[Buffer]:
    """The header and the rows, little endian, NaN in u and v where not valid; see `registry`.

    Valid values beyond 1e9 are refused, as they would be read as unknown.

    Examples
    --------
    >>> encode(np.zeros((4, 6, 2), np.float32))[0]
    b'PF\\n6 4\\n-1.0\\n'
    """
    known = known_pixels(flow, valid)
    check_range(flow, known, -MOST_KNOWN, MOST_KNOWN, "as more means unknown, .pfm")
    height, width = flow.shape[:2]
    rows = np.zeros((height, width, 3), "<f4")
    rows[..., :2] = filled(flow, known, np.nan)[::-1]
    return [f"PF\n{width} {height}\n-1.0\n".encode(), rows]


def decode(source: Source, size: int, name: str) -> tuple[Flow, Mask]:
    """The field, with NaN where a component is NaN, infinite or beyond 1e9; see `registry`."""
    start, height, width, order = _checked_header(source, size, name)
    source.seek(start)
    data = source.read(size - start)
    if len(data) != size - start:
        raise FlowFileError(f"{name} has become shorter while it was read")
    rows = np.frombuffer(data, order + "f4").reshape(height, width, 3)[::-1]
    flow, valid = without_unknown(rows[..., :2].astype(np.float32, order="C"))
    if rows[..., 2][valid].any():
        raise FlowFileError(f"{name} is no flow file: its third channel is not 0")
    return flow, valid


def measure(source: Source, size: int, name: str) -> Size:
    """The size that the header declares, which is that of the file; see `registry`."""
    _, height, width, _ = _checked_header(source, size, name)
    return height, width


def _checked_header(source: Source, size: int, name: str) -> tuple[int, int, int, str]:
    start, height, width, order = _read_header(source.read(_LONGEST_HEADER), name)
    check_size(height, width, name)
    check_bytes(size, start + 12 * height * width, name)
    return start, height, width, order


def _read_header(data: bytes, name: str) -> tuple[int, int, int, str]:
    """Where the rows begin, height, width, and the byte order as numpy writes it."""
    if re.match(rb"Pf\s", data):
        raise FlowFileError(f"{name} has one channel (Pf), three are taken (PF)")
    found = _HEADER.match(data)
    if not found:
        raise FlowFileError(f"{name} has no whole PFM header: it begins with {data[:16]!r}")
    try:
        scale = float(found[3])
    except ValueError:
        scale = 0.0
    if abs(scale) != 1:
        raise FlowFileError(f"{name} has scale {found[3].decode()}, 1 and -1 are taken")
    return found.end(), int(found[2]), int(found[1]), "<" if scale < 0 else ">"
