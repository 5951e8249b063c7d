"""KITTI flow: 16-bit PNG, red = 64 u + 2^15, green = 64 v + 2^15, blue = 1 where valid.

Menze and Geiger, Object Scene Flow for Autonomous Vehicles, CVPR 2015; the format is that of the
benchmark's development kit, which writes zero in all channels where nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceflow import opencv, png
from faceflow.errors import FlowFileError
from faceflow.files import Buffer, Source
from faceflow.flowio.field import check_range, check_size, filled, known_pixels
from faceflow.opencv import cv2
from faceflow.types import Flow, Mask, Size

_SCALE, _ZERO = 64, 2**15
_LEAST, _MOST = -_ZERO / _SCALE, (2**16 - 1 - _ZERO) / _SCALE
_HEADER_SIZE = 33
_MOST_BYTES = 2**31 - 1  # what OpenCV takes in one buffer


def encode(flow: Flow, valid: Mask | None = None) -> Sequence[Buffer]:
    """The PNG file; valid values beyond -512 to 511.984375 px are refused; see `registry`.

    Examples
    --------
    >>> encode(np.zeros((4, 6, 2), np.float32))[0][:4]
    b'\\x89PNG'
    """
    known = known_pixels(flow, valid)
    check_range(flow, known, _LEAST, _MOST, "KITTI PNG")
    levels = np.rint(filled(flow, known, _LEAST) * np.float32(_SCALE)) + np.float32(_ZERO)
    pixels = np.empty((*flow.shape[:2], 3), np.uint16)  # blue, green, red
    pixels[..., 0] = 1 if known is None else known
    pixels[..., 1:] = levels[..., ::-1]
    opencv.quiet()
    done, encoded = cv2.imencode(".png", pixels)
    if not done:
        raise FlowFileError(f"flow {flow.shape} cannot be encoded as PNG")
    return [encoded.tobytes()]


def decode(source: Source, size: int, name: str) -> tuple[Flow, Mask]:
    """The field, with NaN where blue is 0; see `registry`."""
    data, header = _whole(source, size, name)
    pixels = _decode_pixels(data, header, name)
    valid: Mask = pixels[..., 0] != 0
    flow = (pixels[..., :0:-1].astype(np.float32) - np.float32(_ZERO)) / np.float32(_SCALE)
    return filled(flow, valid, np.nan), valid


def measure(source: Source, size: int, name: str) -> Size:
    """The size that the header declares; every chunk is there and has its CRC; see `registry`."""
    _, header = _whole(source, size, name)
    return header.height, header.width


def _whole(source: Source, size: int, name: str) -> tuple[bytes, png.Header]:
    if size > _MOST_BYTES:
        raise FlowFileError(f"{name} has {size} bytes, at most {_MOST_BYTES} are taken")
    head = source.read(_HEADER_SIZE)
    header = _check_header(head, name)
    data = head + source.read()
    _check_chunks(data, header, name)
    return data, header


def _check_header(head: bytes, name: str) -> png.Header:
    if head[:8] != png.SIGNATURE[: len(head)]:
        raise FlowFileError(f"{name} is no PNG file: it begins with {head[:8]!r}")
    header = png.header(head)
    if header is None:
        raise FlowFileError(f"{name} is cut short or damaged: it has no whole PNG header")
    if (header.depth, header.colour) != (16, 2):
        raise FlowFileError(
            f"{name} is no KITTI flow: a PNG of {header.depth} bits, colour type {header.colour},"
            " one of 16 bits, colour type 2 (RGB) is taken"
        )
    check_size(header.height, header.width, name)
    return header


def _check_chunks(data: bytes, header: png.Header, name: str) -> None:
    deflated, kind, end = 0, b"", 0
    for chunk in png.walk(data):
        kind, end = chunk.kind, chunk.end
        if not chunk.is_right():
            raise FlowFileError(f"{name} is damaged: wrong CRC of its {kind!r} chunk")
        deflated += len(chunk.body) if kind == b"IDAT" else 0
    if kind != b"IEND":
        raise FlowFileError(f"{name} is cut short: it has no IEND chunk")
    if end != len(data):
        raise FlowFileError(f"{name} has {len(data) - end} trailing bytes after its {end}")
    if not header.fits(deflated):
        raise FlowFileError(
            f"{name} declares width {header.width}, height {header.height}: more pixels than its"
            f" {deflated} bytes of data can hold"
        )


def _decode_pixels(data: bytes, header: png.Header, name: str) -> NDArray[np.uint16]:
    opencv.quiet()
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    shape = (header.height, header.width, 3)
    if pixels is None or pixels.dtype != np.uint16 or pixels.shape != shape:
        raise FlowFileError(f"{name} is damaged: OpenCV cannot decode its pixels")
    return pixels.astype(np.uint16, copy=False)
