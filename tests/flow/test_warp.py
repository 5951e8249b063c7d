"""faceflow.warp: frame 2 pulled back onto frame 1."""

from __future__ import annotations

import math

import numpy as np
import pytest

import faceflow as ff
from faceflow.errors import ArrayError

DTYPES = [np.uint8, np.uint16, np.int16, np.float32]


def uniform_flow(H: int, W: int, u: float, v: float) -> np.ndarray:
    return np.full((H, W, 2), (u, v), np.float32)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_no_motion_changes_nothing(dtype: type, channels: tuple[int, ...]) -> None:
    """Zero flow gives the image back, of its dtype and number of channels."""
    image = np.random.default_rng(15).integers(0, 256, (13, 17, *channels)).astype(dtype)
    warped = ff.warp(image, uniform_flow(13, 17, 0, 0))
    assert warped.dtype == dtype
    np.testing.assert_array_equal(warped, image)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("u", "v"), [(2, 0), (0, 3), (-4, 1), (-1, -2), (50, -60)])
def test_whole_pixels(dtype: type, u: int, v: int) -> None:
    """A whole displacement samples pixel p + flow(p), the border repeated."""
    image = np.random.default_rng(16).integers(0, 256, (13, 17)).astype(dtype)
    y, x = np.indices(image.shape)
    expected = image[np.clip(y + v, 0, 12), np.clip(x + u, 0, 16)]
    np.testing.assert_array_equal(ff.warp(image, uniform_flow(13, 17, u, v)), expected)


def test_each_pixel_has_its_own_flow() -> None:
    """A field that differs from pixel to pixel is followed at each."""
    rng = np.random.default_rng(17)
    image = rng.random((20, 30, 3)).astype(np.float32)
    flow = rng.integers(-9, 10, (20, 30, 2)).astype(np.float32)
    warped = ff.warp(image, flow)
    for y, x in np.ndindex(20, 30):
        u, v = flow[y, x].astype(int)
        source = image[np.clip(y + v, 0, 19), np.clip(x + u, 0, 29)]
        np.testing.assert_allclose(warped[y, x], source, atol=1e-6)


def cubic_weight(distance: float) -> float:
    """Keys' kernel with a = -0.75, which is OpenCV's."""
    t, a = abs(distance), -0.75
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0.0


def cubic_sample(image: np.ndarray, x: float, y: float) -> float:
    """Sixteen weighted pixels, the border repeated."""
    H, W = image.shape
    total = 0.0
    for row in range(math.floor(y) - 1, math.floor(y) + 3):
        for column in range(math.floor(x) - 1, math.floor(x) + 3):
            value = float(image[np.clip(row, 0, H - 1), np.clip(column, 0, W - 1)])
            total += cubic_weight(x - column) * cubic_weight(y - row) * value
    return total


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_parts_of_pixels(dtype: type) -> None:
    """Bicubic sampling at multiples of 1/32 px, border included."""
    rng = np.random.default_rng(23)
    image = (rng.random((12, 14)) * 100 + 50).astype(dtype)
    flow = (rng.integers(-64, 65, (12, 14, 2)) / 32).astype(np.float32)
    tolerance = 0.6 if dtype == np.uint8 else 0.01
    warped = ff.warp(image, flow)
    for y, x in np.ndindex(12, 14):
        expected = cubic_sample(image, x + float(flow[y, x, 0]), y + float(flow[y, x, 1]))
        assert float(warped[y, x]) == pytest.approx(expected, abs=tolerance)


def test_unknown_pixels_are_filled() -> None:
    """Where either component is NaN the value is `fill`, 0 by default; nowhere else."""
    image = np.full((6, 7, 3), 9, np.uint8)
    flow = uniform_flow(6, 7, 0, 0)
    flow[1, 2, 0] = flow[3, 4, 1] = np.nan
    for fill, warped in ((0, ff.warp(image, flow)), (200, ff.warp(image, flow, fill=200))):
        expected = image.copy()
        expected[1, 2] = expected[3, 4] = fill
        np.testing.assert_array_equal(warped, expected)


@pytest.mark.parametrize("length", [4e4, 1e9, 1e10, 3e38, np.inf])
def test_huge_flow_samples_the_border(length: float) -> None:
    """Flow beyond all images ends at the border on its side."""
    image = np.arange(30, dtype=np.float32).reshape(5, 6)
    for sign, column in ((1, -1), (-1, 0)):
        warped = ff.warp(image, uniform_flow(5, 6, sign * length, 0))
        np.testing.assert_array_equal(warped, np.repeat(image[:, column, None], 6, axis=1))


def test_follows_synthesized_flow() -> None:
    """Frame 2, a shifted frame 1, comes back onto frame 1 within the hull."""
    rng = np.random.default_rng(18)
    first = rng.integers(0, 256, (40, 50, 3), np.uint8)
    second = np.roll(first, (3, -2), axis=(0, 1))
    shift = np.array([-2, 3])
    src = np.array([[5.0, 5.0], [44.0, 6.0], [43.0, 33.0], [6.0, 34.0]])
    triangles = ff.triangulate(src)
    flow, valid = ff.synthesize(src, src + shift, (40, 50), triangles, return_valid=True)
    np.testing.assert_array_equal(ff.warp(second, flow)[valid], first[valid])


def test_image_is_not_changed() -> None:
    """A read-only image of any strides is taken and left alone."""
    image = np.random.default_rng(19).random((9, 8), np.float32).T
    image.flags.writeable = False
    flow = uniform_flow(8, 9, np.nan, 0)
    assert (ff.warp(image, flow, fill=-1) == -1).all()
    np.testing.assert_array_equal(ff.warp(image, np.zeros_like(flow)), image)


IMAGE, FLOW = np.zeros((4, 5), np.uint8), np.zeros((4, 5, 2), np.float32)


@pytest.mark.parametrize(
    ("image", "flow", "message"),
    [
        (IMAGE, FLOW.astype(float), r"flow is \(4, 5, 2\) float64"),
        (IMAGE, FLOW[0], r"flow is \(5, 2\) float32"),
        (IMAGE, None, "flow is a NoneType"),
        (IMAGE.tolist(), FLOW, "image is list"),
        (IMAGE.astype(np.int32), FLOW, r"image is \(4, 5\) int32, \(H, W\) or \(H, W, 1 to 4\)"),
        (IMAGE.astype(float), FLOW, r"image is \(4, 5\) float64"),
        (np.zeros((4, 5, 5), np.uint8), FLOW, r"image is \(4, 5, 5\) uint8"),
        (IMAGE.astype(bool), FLOW, r"image is \(4, 5\) bool"),
        (IMAGE[0], FLOW, r"image is \(5,\) uint8"),
        (np.zeros((4, 5, 0), np.uint8), FLOW, r"image is \(4, 5, 0\) uint8"),
        (IMAGE[None, None], FLOW, r"image is \(1, 1, 4, 5\) uint8"),
        (IMAGE.T, FLOW, r"image is \(5, 4\) uint8, flow \(4, 5, 2\) float32; one size"),
        (
            np.zeros((1, 32767), np.uint8),
            np.zeros((1, 32767, 2), np.float32),
            r"image is \(1, 32767\) uint8, sides up to 32766 are taken",
        ),
    ],
)
def test_refused(image: object, flow: object, message: str) -> None:
    """What is not taken is named."""
    with pytest.raises(ArrayError, match=message):
        ff.warp(image, flow)
