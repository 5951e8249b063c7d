"""Whether a video file is shorter than it says itself, as after a copy that broke off."""

from __future__ import annotations

import os
from io import BufferedReader

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_LARGE, _TO_END = 1, 0  # sizes of a box that stand for others


def ends_early(file: BufferedReader) -> bool:
    """Whether the outermost parts of an AVI, Matroska, MP4 or MOV file reach beyond its end.

    What does not tell its size, as a recording that was never finished, does not end early.
    """
    size = os.fstat(file.fileno()).st_size
    head = file.read(12)
    if head.startswith(b"RIFF"):
        return int.from_bytes(head[4:8], "little") + 8 > size
    if head.startswith(_EBML):
        return _segment_end(file) > size
    return _last_box_end(file, size) > size


def _last_box_end(file: BufferedReader, size: int) -> int:
    """Where the last box ends that begins in the file (ISO 14496-12, 4.2)."""
    end = 0
    while end < size:
        file.seek(end)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == _LARGE:
            length = int.from_bytes(header[8:16], "big")
        if length == _TO_END:
            return size
        end += max(length, 8)
    return end


def _segment_end(file: BufferedReader) -> int:
    """Where the segment after the EBML header ends; 0 where that is left open (RFC 8794, 4)."""
    file.seek(len(_EBML))
    length = _variable_integer(file)
    file.seek(length or 0, os.SEEK_CUR)
    if file.read(len(_SEGMENT)) != _SEGMENT:
        return 0
    length = _variable_integer(file)
    return 0 if length is None else file.tell() + length


def _variable_integer(file: BufferedReader) -> int | None:
    """A number that tells its own length; None for one that stands for "not known"."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    value = int.from_bytes(first + file.read(more), "big")
    bits = 7 * (more + 1)
    value &= (1 << bits) - 1
    return None if value == (1 << bits) - 1 else value
