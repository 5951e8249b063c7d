"""The structure of a PNG file, read without decoding it (PNG specification, sections 5 and 11)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_IHDR = struct.Struct(">4xIIBB")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_DEFLATED = 1032  # deflate writes at least 2 bits for at most 258 bytes


class Chunk(NamedTuple):
    """One chunk: its kind, its bytes, where it ends in the file, and whether its CRC is right."""

    kind: bytes
    body: memoryview
    end: int
    crc: int

    def is_right(self) -> bool:
        """Whether the CRC in the file is that of the chunk."""
        return zlib.crc32(self.body, zlib.crc32(self.kind)) == self.crc


class Header(NamedTuple):
    """What IHDR says: pixels, bits of each channel, and the colour type."""

    width: int
    height: int
    depth: int
    colour: int

    def fits(self, deflated: int) -> bool:
        """Whether that many bytes of IDAT can hold the pixels, filter bytes not counted."""
        bits = self.width * self.height * self.depth * _CHANNELS.get(self.colour, 1)
        return bits <= 8 * _MOST_DEFLATED * deflated


def walk(data: bytes) -> Iterator[Chunk]:
    """The whole chunks of a file, to IEND or to where the file is cut short."""
    view = memoryview(data)
    start, kind = len(SIGNATURE), b""
    while kind != b"IEND" and start + 12 <= len(data):
        length = int.from_bytes(view[start : start + 4], "big")
        kind, end = bytes(view[start + 4 : start + 8]), start + 12 + length
        if end > len(data):
            return
        crc = int.from_bytes(view[end - 4 : end], "big")
        yield Chunk(kind, view[start + 8 : end - 4], end, crc)
        start = end


def header(data: bytes) -> Header | None:
    """The header, or None where the file does not begin with a signature and IHDR."""
    if data[:8] != SIGNATURE or data[8:16] != b"\x00\x00\x00\x0dIHDR" or len(data) < 33:
        return None
    return Header(*_IHDR.unpack_from(data, 12))
