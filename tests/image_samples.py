"""A picture, its encodings, and files made by hand."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from faceflow.errors import FrameError
from faceflow.images import read_image
from faceflow.opencv import cv2
from faceflow.types import Image

LOSSLESS = [".png", ".bmp", ".jp2", ".webp", ".ppm", ".tiff", ".tif"]
LOSSY = [".jpg", ".jpeg", ".hdr", ".pic"]


def make_picture() -> Image:
    """A smooth colour picture, 48x64, with some noise."""
    rows, columns = np.mgrid[:48, :64]
    channels = [rows * 4, columns * 3, 40 + (rows + columns)]
    noise = np.random.default_rng(7).integers(0, 12, (48, 64, 3))
    return (np.stack(channels, axis=-1) + noise).astype(np.uint8)


def encoded(image: np.ndarray, suffix: str, *options: int) -> bytes:
    """The image as OpenCV encodes it, JPEG 2000 without loss."""
    if suffix == ".jp2":
        options = (cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000)
    done, data = cv2.imencode(suffix, image, options)
    assert done
    return data.tobytes()


def refusal(path: Path, data: bytes | None = None) -> FrameError:
    """The error of reading a file, checked to be of one line."""
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(FrameError) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    assert str(path.parent) not in str(caught.value)
    return caught.value


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_file(height: int, width: int, data: bytes) -> bytes:
    """An 8-bit RGB file that declares a size, whatever its data are."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def with_exif(jpeg: bytes, orientation: int, thumbnail: bytes = b"") -> bytes:
    """The JPEG with an Exif segment: an orientation, and a thumbnail in a second directory."""
    first = struct.pack("<HHHII", 1, 0x0112, 3, 1, orientation) + struct.pack("<I", 26)
    start = 26 + 2 + 2 * 12 + 4
    second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, start, 0x0202, 4, 1, len(thumbnail), 0)
    body = b"Exif\0\0II*\0\x08\0\0\0" + first + second + thumbnail
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
