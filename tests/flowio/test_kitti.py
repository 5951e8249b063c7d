"""KITTI PNG: its levels, its range, and files that are not whole."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from flow_samples import decoded, encoded, peak_bytes, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from faceflow.errors import FlowFileError
from faceflow.flowio import kitti
from faceflow.opencv import cv2

LARGEST = 511.984375


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(height: int, width: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG file with right checksums, whatever its header and its rows say."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def levels_of(data: bytes) -> np.ndarray:
    """Red, green and blue as OpenCV reads them."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return image[..., ::-1]


def test_levels_are_those_of_the_format() -> None:
    flow = np.array([[[0, 0], [1, -1], [-512, LARGEST], [np.nan, 3]]], np.float32)
    levels = levels_of(encoded(kitti, flow))
    assert levels.dtype == np.uint16
    assert levels[0].tolist() == [[32768, 32768, 1], [32832, 32704, 1], [0, 65535, 1], [0, 0, 0]]


def test_zero_flow_that_is_not_valid_is_told_from_zero_flow() -> None:
    flow = np.zeros((1, 2, 2), np.float32)
    data = encoded(kitti, flow, np.array([[True, False]]))
    assert levels_of(data)[0].tolist() == [[32768, 32768, 1], [0, 0, 0]]
    assert decoded(kitti, data)[1].tolist() == [[True, False]]


def test_file_made_by_hand_is_read() -> None:
    """Any blue but zero is valid."""
    row = struct.pack(">9H", 32768 + 64, 32768 - 32, 1, 5, 6, 0, 0, 65535, 65535)
    flow, valid = decoded(kitti, png(1, 3, 16, 2, b"\0" + row))
    assert valid.tolist() == [[True, False, True]]
    np.testing.assert_array_equal(flow[0], [[1, -0.5], [np.nan, np.nan], [-512, LARGEST]])


@settings(deadline=None)
@given(st.floats(-512, LARGEST, width=32), st.floats(-512, LARGEST, width=32))
def test_values_are_rounded_to_the_nearest(u: float, v: float) -> None:
    flow = decoded(kitti, encoded(kitti, np.array([[[u, v]]], np.float32)))[0]
    assert np.abs(flow[0, 0] - [u, v]).max() <= 1 / 128


@pytest.mark.parametrize("value", [512, 511.99, -512.01, 1e9, -1e30])
def test_values_beyond_sixteen_bits_are_refused(value: float) -> None:
    flow = np.zeros((3, 4, 2), np.float32)
    flow[2, 1, 1] = value
    shown = f"{float(np.float32(value)):.9g}".replace("+", r"\+")
    message = rf"flow\[2, 1\] is \(0, {shown}\) px, KITTI PNG takes -512 to 511.984375 px"
    with pytest.raises(FlowFileError, match=message):
        kitti.encode(flow)


def test_range_is_asked_of_valid_pixels_only() -> None:
    flow = np.zeros((2, 2, 2), np.float32)
    flow[0, 1], flow[1, 0], flow[1, 1] = 1e10, np.nan, -np.inf
    valid = np.array([[True, False], [False, False]])
    np.testing.assert_array_equal(decoded(kitti, encoded(kitti, flow, valid))[1], valid)


def test_any_damaged_byte_is_refused() -> None:
    data = encoded(kitti, np.arange(24, dtype=np.float32).reshape(3, 4, 2))
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x40
        refusal(kitti, bytes(damaged))


ROWS = b"\0" + bytes(12)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is cut short or damaged: it has no whole PNG header"),
        (b"\xff\xd8\xff\xe0" + bytes(60), r"is no PNG file: it begins with b'\xff\xd8\xff\xe0"),
        (png(1, 2, 16, 2, ROWS)[:20], "it has no whole PNG header"),
        (png(1, 2, 8, 2, ROWS), "a PNG of 8 bits, colour type 2, one of 16 bits"),
        (png(1, 2, 16, 0, ROWS), "a PNG of 16 bits, colour type 0, one of 16 bits"),
        (png(1, 2, 16, 6, ROWS), "colour type 6"),
        (png(0, 2, 16, 2, ROWS), "declares width 2, height 0: not positive"),
        (png(2**16, 2**13, 16, 2, ROWS), "more than 268435456 pixels"),
        (png(2, 2, 16, 2, ROWS), "is damaged: OpenCV cannot decode its pixels"),
        (png(1, 2, 16, 2, ROWS)[:-12], "is cut short: it has no IEND chunk"),
        (png(1, 2, 16, 2, ROWS) + b"ab", "has 2 trailing bytes after its"),
        (png(1, 2, 16, 2, ROWS).replace(b"IDAT", b"IDAs"), "wrong CRC of its b'IDAs' chunk"),
    ],
)
def test_damage_is_named(data: bytes, why: str) -> None:
    assert why in refusal(kitti, data)


def test_header_that_lies_allocates_nothing() -> None:
    data = png(16_000, 16_000, 16, 2, bytes(1000))
    assert peak_bytes(lambda: refusal(kitti, data)) < 1_000_000
    assert "declares width 16000, height 16000: more pixels than its" in refusal(kitti, data)
