"""Whether an encoded image is whole, asked before decoding it.

OpenCV 4 fills the missing part of a JPEG with grey and says so only on its log, and a JPEG 2000
file cut short can crash it.
"""

from __future__ import annotations

import re

from faceflow import png
from faceflow.types import Size

# A marker, and neither a stuffed zero, nor a restart, nor a fill byte. Any other 0xFF within
# entropy-coded data is followed by one of those, so the scan's data needs no parser.
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_JP2_STARTS = (b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51")
_JP2_TILE, _JP2_END = b"\xff\x90\x00\x0a", b"\xff\xd9"
_JPEG_END = b"\xff\xd9"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START, _TEM, _END, _SCAN = 0xD8, 0x01, 0xD9, 0xDA


def missing_end(data: bytes) -> str | None:
    """What a file that was cut short lacks, or None where it is whole or of another format.

    JPEG, JPEG 2000, PNG, BMP and WebP are known. What follows the end of an image is no matter.

    Examples
    --------
    >>> missing_end(b"BM" + (100).to_bytes(4, "little") + bytes(10))
    'it has 16 bytes of the 100 that its header declares'
    """
    if data.startswith(b"\xff\xd8"):
        return None if _jpeg_ends(data) else "it has no end-of-image marker"
    if data.startswith(_JP2_STARTS):
        return None if _jp2_ends(data) else "it has no end-of-codestream marker"
    if data.startswith(png.SIGNATURE):
        kinds = [chunk.kind for chunk in png.walk(data)]
        return None if kinds[-1:] == [b"IEND"] else "it has no IEND chunk"
    declared = _declared_size(data)
    if declared > len(data):
        return f"it has {len(data)} bytes of the {declared} that its header declares"
    return None


def declared_size(data: bytes) -> Size | None:
    """(H, W) as the header of a JPEG or PNG has it, or None.

    Examples
    --------
    >>> declared_size(b"BM") is None
    True
    """
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    header = png.header(data)
    return None if header is None else (header.height, header.width)


def impossible_size(data: bytes) -> str | None:
    """What a PNG declares that so few bytes cannot hold, or None."""
    header = png.header(data)
    if header is None:
        return None
    deflated = sum(len(chunk.body) for chunk in png.walk(data) if chunk.kind == b"IDAT")
    if header.fits(deflated):
        return None
    return (
        f"its header declares {header.height}x{header.width} pixels,"
        f" more than its {deflated} bytes of data can hold"
    )


def _jpeg_ends(data: bytes) -> bool:
    """Whether an end marker follows the first scan, thumbnails within segments passed over."""
    position, scanned = 0, False
    while marker := _MARKER.search(data, position):
        kind, position = marker[1][0], marker.end()
        if kind == _END and scanned:
            return True
        scanned = scanned or kind == _SCAN
        if scanned and data.endswith(_JPEG_END):
            return True
        if kind not in (_START, _TEM, _END):
            position += int.from_bytes(data[position : position + 2], "big")
    return False


def _jpeg_size(data: bytes) -> Size | None:
    """Of the frame header (ITU-T T.81, B.2.2), thumbnails within segments passed over."""
    position = 0
    while marker := _MARKER.search(data, position):
        kind, position = marker[1][0], marker.end()
        if kind in _FRAMES and position + 7 <= len(data):
            H, W = data[position + 3 : position + 5], data[position + 5 : position + 7]
            return int.from_bytes(H, "big"), int.from_bytes(W, "big")
        if kind == _SCAN:
            return None
        if kind not in (_START, _TEM, _END):
            position += int.from_bytes(data[position : position + 2], "big")
    return None


def _jp2_ends(data: bytes) -> bool:
    """Whether the lengths of the tile parts lead to an end marker (ISO 15444-1, annex A)."""
    position = data.find(_JP2_TILE)
    while position >= 0 and data.startswith(_JP2_TILE, position):
        length = int.from_bytes(data[position + 6 : position + 10], "big")
        if length == 0:  # the last tile part, of whatever length
            return data.find(_JP2_END, position + 12) >= 0
        position += length
    return position >= 0 and data.startswith(_JP2_END, position)


def _declared_size(data: bytes) -> int:
    """The bytes a BMP or WebP file should have by its header; 0 for any other."""
    if data.startswith(b"BM"):
        return int.from_bytes(data[2:6], "little")
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return int.from_bytes(data[4:8], "little") + 8
    return 0
