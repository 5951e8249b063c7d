"""faceflow.images.read_image: what is refused, and with which reason."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from file_kinds import (
    AWKWARD_NAMES,
    make_dangling_link,
    make_folder,
    make_link_to_itself,
    make_pipe,
    reading_refused,
)
from image_samples import LOSSLESS, LOSSY, encoded, make_picture, png_file, refusal, with_exif

from faceflow.errors import FrameError
from faceflow.image_checks import declared_size, missing_end
from faceflow.images import read_image
from faceflow.opencv import cv2
from faceflow.types import Image


@pytest.fixture(scope="module")
def picture() -> Image:
    return make_picture()


@pytest.mark.parametrize("progressive", [0, 1])
def test_any_cut_jpeg_is_truncated(tmp_path: Path, picture: Image, progressive: int) -> None:
    jpeg = encoded(picture, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    for size in range(2, len(jpeg)):
        error = refusal(tmp_path / "a.jpg", jpeg[:size])
        assert error.reason == "truncated_image"
    assert "a.jpg is cut short: it has no end-of-image marker" in error.detail


def test_cut_jpeg_with_a_whole_thumbnail_is_truncated(tmp_path: Path, picture: Image) -> None:
    jpeg, thumbnail = encoded(picture, ".jpg"), encoded(picture[::4, ::4], ".jpg")
    data = with_exif(jpeg, 1, thumbnail)
    (tmp_path / "whole.jpg").write_bytes(data)
    assert read_image(tmp_path / "whole.jpg").shape == picture.shape
    cut = data[: len(data) - len(jpeg) // 2]
    assert thumbnail in cut
    assert refusal(tmp_path / "cut.jpg", cut).reason == "truncated_image"


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_size_shows_without_decoding(picture: Image, suffix: str) -> None:
    """The picture's own, not that of a thumbnail; of progressive files too."""
    data = encoded(picture, suffix, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    assert declared_size(data) == picture.shape[:2]
    if suffix == ".jpg":
        data = with_exif(encoded(picture, suffix), 1, encoded(picture[::4, ::4], suffix))
        assert declared_size(data) == picture.shape[:2]
    assert declared_size(data[:20]) is None


def test_restart_markers_are_no_end(tmp_path: Path, picture: Image) -> None:
    jpeg = encoded(picture, ".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 1)
    assert b"\xff\xd0" in jpeg
    (tmp_path / "whole.jpg").write_bytes(jpeg)
    assert read_image(tmp_path / "whole.jpg").shape == picture.shape
    assert refusal(tmp_path / "cut.jpg", jpeg[: len(jpeg) // 2]).reason == "truncated_image"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".jp2"])
def test_bytes_after_the_end_are_no_matter(tmp_path: Path, picture: Image, suffix: str) -> None:
    data = encoded(picture, suffix)
    (tmp_path / "plain").write_bytes(data)
    (tmp_path / "longer").write_bytes(data + b"garbage\xff\xd8\xff")
    np.testing.assert_array_equal(read_image(tmp_path / "longer"), read_image(tmp_path / "plain"))


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp", ".jp2"])
def test_cut_file_of_declared_size_is_truncated(
    tmp_path: Path, picture: Image, suffix: str
) -> None:
    data = encoded(picture, suffix)
    for size in np.linspace(16, len(data) - 1, 40, dtype=int):
        assert refusal(tmp_path / "a", data[:size]).reason == "truncated_image"


@pytest.mark.parametrize("tiles", [1, 6])
def test_jpeg_2000_is_whole_with_its_end_marker_only(tiles: int) -> None:
    """A tile part may have any length, one that looks like the end marker too, or none stated."""
    body = bytes(0xFFD9 - 12)
    tile = b"\xff\x90\x00\x0a\x00\x00" + struct.pack(">I", 0xFFD9) + b"\x00\x01" + body
    head = b"\xff\x4f\xff\x51" + bytes(40)
    last = b"\xff\x90\x00\x0a" + bytes(8) + b"packets"
    assert missing_end(head + tile * tiles) == "it has no end-of-codestream marker"
    assert missing_end(head + tile * tiles + b"\xff\xd9") is None
    assert missing_end(head + tile * tiles + last) == "it has no end-of-codestream marker"
    assert missing_end(head + tile * tiles + last + b"\xff\xd9") is None
    assert missing_end(head) == "it has no end-of-codestream marker"


@pytest.mark.parametrize("suffix", [*LOSSLESS, *LOSSY, ".pgm", ".pbm"])
def test_no_cut_file_gives_an_image(tmp_path: Path, picture: Image, suffix: str) -> None:
    image = picture[..., 0] if suffix in (".pgm", ".pbm") else picture
    data = encoded(image, suffix)
    for size in np.linspace(1, len(data) - 1, 40, dtype=int):
        error = refusal(tmp_path / "a", data[:size])
        assert error.reason in ("truncated_image", "unreadable_image")


def test_png_that_cannot_hold_its_pixels_is_refused(tmp_path: Path) -> None:
    data = png_file(16_000, 16_000, zlib.compress(bytes(1000)))
    error = refusal(tmp_path / "bomb.png", data)
    assert error.reason == "unreadable_image"
    assert "declares 16000x16000 pixels, more than its" in error.detail


def test_png_as_small_as_deflate_makes_it_is_read(tmp_path: Path) -> None:
    black = zlib.compress(bytes(600 * (1 + 3 * 600)), 9)
    (tmp_path / "a.png").write_bytes(png_file(600, 600, black))
    assert not read_image(tmp_path / "a.png").any()


@pytest.mark.parametrize("flip", [20, -20])
def test_damaged_png_is_unreadable(tmp_path: Path, picture: Image, flip: int) -> None:
    data = bytearray(encoded(picture, ".png"))
    data[flip] ^= 0x55
    assert refusal(tmp_path / "a.png", bytes(data)).reason == "unreadable_image"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "No such file"),
        (make_folder, "Is a directory"),
        (make_dangling_link, "No such file"),
        (make_link_to_itself, "symbolic links"),
        (make_pipe, "Not a regular file"),
        (lambda path: path.write_bytes(b""), "it is empty"),
        (lambda path: path.write_bytes(b"no image at all"), "finds no image in its 15 bytes"),
        (
            lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82"),
            "no image",
        ),
    ],
)
def test_what_is_no_image_is_unreadable(
    tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    path = tmp_path / "S" / "Q" / "0001.jpg"
    path.parent.mkdir(parents=True)
    make(path)
    error = refusal(path)
    assert error.reason == "unreadable_image"
    assert error.detail.startswith("S/Q/0001.jpg cannot be read: ")
    assert why in error.detail


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_any_name_is_read_and_named(tmp_path: Path, picture: Image, name: str) -> None:
    refusal(tmp_path / name)
    (tmp_path / name).write_bytes(encoded(picture, ".png"))
    assert read_image(tmp_path / name).shape == picture.shape


def test_opencv_writes_nothing_about_damage(
    tmp_path: Path, picture: Image, capfd: pytest.CaptureFixture[str]
) -> None:
    for suffix in (".jpg", ".png", ".bmp", ".tiff", ".jp2", ".hdr", ".ppm"):
        data = encoded(picture, suffix)
        refusal(tmp_path / "a", data[: len(data) // 2])
    assert capfd.readouterr().err == ""


def test_what_may_not_be_read_is_unreadable(tmp_path: Path, picture: Image) -> None:
    (tmp_path / "a.png").write_bytes(encoded(picture, ".png"))
    with reading_refused(tmp_path / "a.png"), pytest.raises(FrameError) as caught:
        read_image(tmp_path / "a.png")
    assert caught.value.reason == "unreadable_image"
    assert "cannot be read: Permission denied" in caught.value.detail
