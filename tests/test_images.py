"""faceflow.images: every kind of image is read, encoding, resizing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from image_samples import LOSSLESS, LOSSY, encoded, make_picture, with_exif

from faceflow.errors import ArrayError, ConfigError
from faceflow.images import IMAGE_SUFFIXES, encode_image, read_image, resize_image
from faceflow.opencv import cv2
from faceflow.types import Image


@pytest.fixture(scope="module")
def picture() -> Image:
    return make_picture()


def test_suffixes_are_lower_case() -> None:
    assert {".jpg", ".pxm", ".tif"} <= IMAGE_SUFFIXES
    assert {suffix.lower() for suffix in IMAGE_SUFFIXES} == IMAGE_SUFFIXES


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_kinds_are_read_as_they_are(tmp_path: Path, picture: Image, suffix: str) -> None:
    path = tmp_path / f"frame{suffix}"
    options = (cv2.IMWRITE_WEBP_QUALITY, 101) if suffix == ".webp" else ()
    path.write_bytes(encoded(picture, suffix, *options))
    np.testing.assert_array_equal(read_image(path), picture)


@pytest.mark.parametrize("suffix", LOSSY)
def test_lossy_kinds_are_read(tmp_path: Path, picture: Image, suffix: str) -> None:
    path = tmp_path / f"frame{suffix}"
    path.write_bytes(encoded(picture, suffix))
    image = read_image(path)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - picture).mean() < 8


@pytest.mark.parametrize("suffix", [".pgm", ".pbm", ".png", ".jpg"])
def test_grey_becomes_colour(tmp_path: Path, picture: Image, suffix: str) -> None:
    path = tmp_path / f"frame{suffix}"
    path.write_bytes(encoded(picture[..., 0], suffix))
    image = read_image(path)
    assert image.shape == picture.shape
    assert (image == image[..., :1]).all()


def test_sixteen_bits_become_eight(tmp_path: Path, picture: Image) -> None:
    (tmp_path / "a.png").write_bytes(encoded(picture.astype(np.uint16) * 257, ".png"))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)


def test_alpha_is_dropped(tmp_path: Path, picture: Image) -> None:
    alpha = np.full(picture.shape[:2], 90, np.uint8)
    (tmp_path / "a.png").write_bytes(encoded(np.dstack([picture, alpha]), ".png"))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_exif_rotation_is_ignored(tmp_path: Path, picture: Image, orientation: int) -> None:
    jpeg = encoded(picture, ".jpg")
    (tmp_path / "plain.jpg").write_bytes(jpeg)
    (tmp_path / "rotated.jpg").write_bytes(with_exif(jpeg, orientation))
    expected = read_image(tmp_path / "plain.jpg")
    turned = cv2.imread(str(tmp_path / "rotated.jpg"))
    assert turned is not None
    assert turned.shape != expected.shape or (turned != expected).any()
    np.testing.assert_array_equal(read_image(tmp_path / "rotated.jpg"), expected)


def test_limit_on_pixels_is_set_before_opencv_loads_and_leaves_the_users(tmp_path: Path) -> None:
    code = "import os, faceflow.images; print(os.environ['OPENCV_IO_MAX_IMAGE_PIXELS'])"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("OPENCV_IO_MAX_IMAGE_PIXELS")
    for given, expected in (({}, 2**28), ({"OPENCV_IO_MAX_IMAGE_PIXELS": "77"}, 77)):
        shown = subprocess.check_output([sys.executable, "-c", code], env=environment | given)
        assert int(shown) == expected


@pytest.mark.parametrize("suffix", [".png", ".PNG"])
def test_png_is_encoded_without_loss(tmp_path: Path, picture: Image, suffix: str) -> None:
    (tmp_path / "a.png").write_bytes(encode_image(picture, suffix))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg"])
def test_jpeg_is_encoded_at_quality_95(picture: Image, suffix: str) -> None:
    expected = encoded(picture, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 95)
    assert encode_image(picture, suffix) == expected
    assert len(expected) > len(encoded(picture, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 90))


def test_mask_is_encoded_as_grey(picture: Image) -> None:
    data = np.frombuffer(encode_image(picture[..., 0], ".png"), np.uint8)
    np.testing.assert_array_equal(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), picture[..., 0])


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (np.zeros((4, 6, 3), np.float32), r"\(4, 6, 3\) float32"),
        (np.zeros((4, 6, 4), np.uint8), r"\(4, 6, 4\) uint8"),
        (np.zeros((0, 6, 3), np.uint8), r"\(0, 6, 3\) uint8"),
        (np.zeros(6, np.uint8), r"\(6,\) uint8"),
        ([[1, 2]], "a list"),
    ],
)
def test_what_is_no_image_array_is_refused(image: Image, found: str) -> None:
    with pytest.raises(ArrayError, match=f"image is {found}.* taken"):
        encode_image(image, ".png")
    with pytest.raises(ArrayError, match=f"image is {found}.* taken"):
        resize_image(image, (2, 2))


def test_other_suffix_and_what_jpeg_has_no_room_for_are_refused(picture: Image) -> None:
    with pytest.raises(ConfigError, match=r"image suffix '.gif' is not taken: .jpg"):
        encode_image(picture, ".gif")
    with pytest.raises(ArrayError, match=r"cannot be encoded as .jpg"):
        encode_image(np.zeros((1, 70_000, 3), np.uint8), ".jpg")


def test_image_of_the_size_is_returned_itself(picture: Image) -> None:
    assert resize_image(picture, (48, 64)) is picture


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((40, 60, 3), np.uint8)
    stripes[:, ::2] = 255
    for size in ((20, 30), (40, 30), (10, 10)):
        assert np.abs(resize_image(stripes, size).astype(int) - 128).max() <= 1


@pytest.mark.parametrize("size", [(24, 32), (20, 40), (96, 128), (96, 32), (48, 100)])
def test_pixel_centres_move_as_landmarks_do(size: tuple[int, int]) -> None:
    """A picture of its own x and y, resized, shows where each pixel came from."""
    rows, columns = np.mgrid[:48, :64]
    picture = (np.stack([columns, rows, rows], axis=-1) * 3).astype(np.uint8)
    resized = resize_image(picture, size) / 3
    H, W = size
    y, x = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in ((H, 48), (W, 64)))
    inner = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(resized[..., 0][inner], np.tile(x, (H, 1))[inner], atol=0.5)
    np.testing.assert_allclose(resized[..., 1][inner], np.tile(y, (W, 1)).T[inner], atol=0.5)


@pytest.mark.parametrize("size", [(0, 5), (5, -1)])
def test_size_below_one_is_refused(picture: Image, size: tuple[int, int]) -> None:
    with pytest.raises(ArrayError, match=f"size is {size[0]}x{size[1]}"):
        resize_image(picture, size)
