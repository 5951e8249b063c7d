"""Whether EXIF turns an image, against OpenCV, which is what OpenFace reads images with."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_samples import encoded, png_chunk

from faceflow.landmarks.openface.orientation import is_upright
from faceflow.opencv import cv2

PICTURE = (np.arange(16 * 24 * 3) % 251).astype(np.uint8).reshape(16, 24, 3)
JPEG, PNG = encoded(PICTURE, ".jpg"), encoded(PICTURE, ".png")
ORDERS = pytest.mark.parametrize("order", ["<", ">"])
CONTAINERS = pytest.mark.parametrize("container", ["jpeg", "png"])


def directory(order: str, *entries: tuple[int, int, int, int]) -> bytes:
    """EXIF with entries of tag, type, count and a value of 16 bits."""
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    packed = (struct.pack(f"{order}HHIHH", *entry, 0) for entry in entries)
    return start + struct.pack(f"{order}H", len(entries)) + b"".join(packed) + bytes(4)


def image_with(exif: bytes, container: str) -> bytes:
    if container == "png":
        return PNG[:33] + png_chunk(b"eXIf", exif) + PNG[33:]
    body = b"Exif\0\0" + exif
    return JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + JPEG[2:]


def turned_by_opencv(data: bytes) -> bool:
    stored = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    seen = [cv2.imdecode(np.frombuffer(data, np.uint8), f) for f in (cv2.IMREAD_COLOR, stored)]
    return not np.array_equal(*seen)


def tag(orientation: int, kind: int = 3, count: int = 1) -> tuple[int, int, int, int]:
    return 0x0112, kind, count, orientation


MAKER = (0x010F, 3, 1, 6)  # another tag of the same value


@CONTAINERS
@ORDERS
@pytest.mark.parametrize("entries", [(), (MAKER,), (tag(1),), (MAKER, tag(1))])
def test_upright_images_are_told(entries: tuple, order: str, container: str) -> None:
    """Without an orientation, and with 1."""
    data = image_with(directory(order, *entries), container)
    assert is_upright(data)
    assert not turned_by_opencv(data)


@CONTAINERS
@ORDERS
@pytest.mark.parametrize("orientation", range(2, 9))
def test_turned_images_are_told(orientation: int, order: str, container: str) -> None:
    """All seven ways; as OpenCV turns them."""
    data = image_with(directory(order, MAKER, tag(orientation)), container)
    assert not is_upright(data)
    assert turned_by_opencv(image_with(directory(order, MAKER, tag(orientation)), "jpeg"))


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"II*\0",
        b"of another kind",
        directory("<", tag(0)),
        directory("<", tag(9)),
        directory("<", tag(1, kind=4)),
        directory("<", tag(1, count=2)),
        directory("<", tag(1), tag(6)),
        directory("<")[:4] + b"\xff\xff\xff\xff\0\0",
        directory("<")[:8] + b"\xff\xff",
    ],
    ids=["empty", "cut", "no TIFF", "0", "9", "of 32 bits", "two", "twice", "far away", "too many"],
)
def test_what_is_in_doubt_is_not_upright(exif: bytes) -> None:
    """It is then copied, which is right in any case."""
    assert not is_upright(image_with(exif, "jpeg"))


def test_every_exif_of_a_file_counts() -> None:
    """A second one may be that of a picture within, or the one that a reader takes."""
    upright = image_with(directory("<", tag(1)), "jpeg")
    assert is_upright(upright + upright)
    assert not is_upright(upright + image_with(directory("<", tag(6)), "jpeg"))


@given(
    entries=st.lists(st.tuples(*[st.sampled_from([0x0112, 0x010F, 1, 3, 6, 8])] * 4), max_size=3),
    order=st.sampled_from("<>"),
    edits=st.lists(st.tuples(st.integers(0, 60), st.sampled_from([0, 1, 3, 6, 18])), max_size=3),
)
def test_what_is_held_upright_is_not_turned(
    entries: list[tuple[int, int, int, int]], order: str, edits: list[tuple[int, int]]
) -> None:
    """Whatever is wrong with the EXIF."""
    exif = bytearray(directory(order, *entries))
    for at, value in edits:
        exif[at % len(exif)] = value
    data = image_with(bytes(exif), "jpeg")
    assert not (is_upright(data) and turned_by_opencv(data))
