"""Whether an image is shown as its pixels are stored, whatever EXIF it has."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MARKS = (b"Exif\0\0", b"eXIf")  # what EXIF follows in JPEG, in PNG
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ENTRY = "HHIHH"  # tag, type, count, a value of 16 bits, the rest of its field
_ORIENTATION = 0x0112
_UPRIGHT = (3, 1, 1)  # SHORT, one of them, "row 0 is the top, column 0 the left"


def is_upright(data: bytes) -> bool:
    """Whether no EXIF in a JPEG or PNG file turns its image; False where that is in doubt.

    All that may be EXIF counts, wherever it is in the file: no orientation in it, or 1 (CIPA
    DC-008, 4.6.4).

    Examples
    --------
    >>> is_upright(b"no EXIF"), is_upright(b"Exif\\0\\0 of another kind")
    (True, False)
    """
    return all(_leaves_upright(data, start) for mark in _MARKS for start in _after(mark, data))


def _after(mark: bytes, data: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at + len(mark)
        at = data.find(mark, at + 1)


def _leaves_upright(data: bytes, start: int) -> bool:
    """Whether there is a whole first directory at `start`, which turns nothing."""
    order = _ORDERS.get(data[start : start + 4])
    if order is None:
        return False
    try:
        (offset,) = struct.unpack_from(f"{order}I", data, start + 4)
        (count,) = struct.unpack_from(f"{order}H", data, start + offset)
    except struct.error:
        return False
    first, length = start + offset + 2, count * struct.calcsize(order + _ENTRY)
    entries = data[first : first + length]
    return len(entries) == length and all(
        tag != _ORIENTATION or tuple(what) == _UPRIGHT
        for tag, *what, _ in struct.iter_unpack(order + _ENTRY, entries)
    )
