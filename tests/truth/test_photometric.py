"""The photometric error, beside one computed pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from faces import texture
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from faceflow.errors import ArrayError
from faceflow.truth.photometric import face_region, photometric_error

SIZE = (40, 56)


def cubic(t: float) -> float:
    """Keys' kernel with a = -0.75."""
    t, a = abs(t), -0.75
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0.0


def sampled(image: np.ndarray, x: float, y: float) -> np.ndarray:
    """Sixteen weighted pixels, the border repeated, positions to 1/32 px."""
    x, y = round(x * 32) / 32, round(y * 32) / 32
    total = np.zeros(3)
    for row in range(math.floor(y) - 1, math.floor(y) + 3):
        for column in range(math.floor(x) - 1, math.floor(x) + 3):
            pixel = image[np.clip(row, 0, SIZE[0] - 1), np.clip(column, 0, SIZE[1] - 1)]
            total += cubic(y - row) * cubic(x - column) * pixel
    return np.clip(np.round(total), 0, 255)


def naive_error(first, second, flow, region) -> float:
    """The definition, word for word."""
    differences = []
    for y, x in np.argwhere(region):
        u, v = flow[y, x].tolist()
        if math.isfinite(u) and math.isfinite(v):
            pulled = sampled(second, x + u, y + v)
            differences.extend(
                abs(int(a) - int(b)) for a, b in zip(first[y, x], pulled, strict=True)
            )
    return sum(differences) / len(differences)


@pytest.mark.parametrize("seed", range(4))
def test_the_error_is_what_its_definition_says(seed: int) -> None:
    """Any flow, also far out of the image, and any region."""
    rng = np.random.default_rng(seed)
    first, second = texture(SIZE, seed), texture(SIZE, seed + 10)
    flow = rng.normal(0, (0.5, 3, 10, 60)[seed], (*SIZE, 2)).astype(np.float32)
    flow[rng.random(SIZE) < 0.1] = np.nan
    region = rng.random(SIZE) < 0.3
    region[:5] = region[:, -7:] = False
    found = photometric_error(first, second, flow, region)
    # Each sample may round to the grey level beside.
    assert found == pytest.approx(naive_error(first, second, flow, region), abs=0.02)


def test_a_true_flow_leaves_no_error() -> None:
    """Whole displacements are pulled back exactly; a wrong one is not."""
    first = texture(SIZE, 5)
    second = np.roll(first, (2, 3), axis=(0, 1))
    region = np.zeros(SIZE, bool)
    region[8:-8, 8:-8] = True
    flow = np.full((*SIZE, 2), (3, 2), np.float32)
    assert photometric_error(first, second, flow, region) == 0
    assert photometric_error(first, second, flow * 0, region) > 1


@given(st.integers(0, 2**32 - 1))
def test_only_the_region_counts(seed: int) -> None:
    """Whatever the frames show, and the flow says, elsewhere."""
    rng = np.random.default_rng(seed)
    first, second = (rng.integers(0, 256, (*SIZE, 3)).astype(np.uint8) for _ in range(2))
    flow = np.zeros((*SIZE, 2), np.float32)
    region = rng.random(SIZE) < 0.2
    region[3, 4] = True
    before = photometric_error(first, second, flow, region)
    first[~region] ^= 255
    flow[~region] = (1e9, np.nan)
    assert photometric_error(first, second, flow, region) == before


def test_no_pixel_no_error() -> None:
    """An empty region, or a flow that is known nowhere, has no figure."""
    image = texture(SIZE)
    flow = np.zeros((*SIZE, 2), np.float32)
    assert math.isnan(photometric_error(image, image, flow, np.zeros(SIZE, bool)))
    assert math.isnan(photometric_error(image, image, flow * np.nan, np.ones(SIZE, bool)))


def test_the_region_is_the_hull_without_its_edge() -> None:
    """Less two pixels on each side, but none at the image's edge, where a face may leave it."""
    points = np.random.default_rng(8).uniform((-12, -9), (60, 44), (40, 2))
    hull = ConvexHull(np.round(points))
    y, x = np.mgrid[-5 : SIZE[0] + 5, -5 : SIZE[1] + 5]
    sides = hull.equations[:, :2] @ np.stack([x.ravel(), y.ravel()]) + hull.equations[:, 2:]
    distance = sides.max(axis=0).reshape(x.shape)[5:-5, 5:-5]
    region = face_region(points, SIZE)
    # A box of 5x5 reaches 2 to 2.83 px from its centre; a drawn edge is right to half a pixel.
    assert region[distance < -3.5].all()
    outside = distance > -1.4
    assert not region[2:-2, 2:-2][outside[2:-2, 2:-2]].any()


@pytest.mark.parametrize("factor", [0.0, 1e-9, 1e7])
def test_the_region_of_strange_landmarks(factor: float) -> None:
    """Of points that coincide nothing is left; of a hull around the image all is."""
    square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) * factor
    assert face_region(square, SIZE).all() == (factor > 1)
    assert face_region(square, SIZE).any() == (factor > 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": np.zeros((9, 9, 3), np.uint8)}, "first is (9, 9, 3) uint8"),
        ({"second": np.zeros((*SIZE, 3), np.float32)}, "second is (40, 56, 3) float32"),
        ({"flow": np.zeros((*SIZE, 2))}, "flow is (40, 56, 2) float64"),
        ({"region": np.zeros(SIZE, np.uint8)}, "valid is (40, 56) uint8"),
    ],
)
def test_wrong_arrays_are_refused(change: dict, message: str) -> None:
    """With what was found."""
    image = np.zeros((*SIZE, 3), np.uint8)
    arrays = {"first": image, "second": image, "flow": np.zeros((*SIZE, 2), np.float32)}
    arrays |= {"region": np.ones(SIZE, bool), **change}
    with pytest.raises(ArrayError) as caught:
        photometric_error(**arrays)
    assert message in str(caught.value)
