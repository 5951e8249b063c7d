"""Parts of the face."""

from __future__ import annotations

import numpy as np
import pytest
from faces import neutral_face

from faceflow.evaluate.regions import REGION_NAMES, face_regions

SIZE = (300, 240)
POINTS = {
    "brows": range(17, 27),
    "eyes": range(36, 48),
    "nose": range(28, 33),
    "mouth": range(48, 68),
    "jaw": range(7, 10),
}


def face() -> np.ndarray:
    return neutral_face() * (SIZE[1], SIZE[0])


@pytest.mark.parametrize("name", POINTS)
def test_landmarks_lie_in_their_part(name: str) -> None:
    """Of the iBUG scheme's 68."""
    regions = face_regions(face(), SIZE)
    assert regions is not None
    x, y = np.round(face()[list(POINTS[name])]).astype(int).T
    assert {REGION_NAMES[number - 1] for number in regions[y, x]} == {name}


def test_cheeks_lie_below_the_eyes_on_both_sides() -> None:
    """And the background in no part."""
    regions = face_regions(face(), SIZE)
    assert regions is not None
    row = round(0.55 * SIZE[0])
    left, right = round(0.28 * SIZE[1]), round(0.72 * SIZE[1])
    assert regions[row, left] == regions[row, right] == 1 + REGION_NAMES.index("cheeks")
    assert regions[5, 5] == regions[-5, -5] == 0
    assert set(np.unique(regions)) == set(range(7))


def test_parts_keep_their_share_of_the_face_at_any_size() -> None:
    """They are grown by a share of the face, not by so many pixels."""
    shares = []
    for scale in (1, 4):
        regions = face_regions(face() * scale, (SIZE[0] * scale, SIZE[1] * scale))
        assert regions is not None
        shares.append(np.bincount(regions.ravel(), minlength=7) / regions.size)
    np.testing.assert_allclose(shares[0], shares[1], rtol=0.1, atol=0.004)


@pytest.mark.parametrize("count", [3, 66, 106])
def test_other_schemes_have_no_parts(count: int) -> None:
    """What their points mean is not known."""
    assert face_regions(np.zeros((count, 2)), SIZE) is None


@pytest.mark.parametrize("far", [-1e12, 1e12])
def test_landmarks_may_lie_far_outside(far: float) -> None:
    """As a detector may leave them."""
    points = face()
    points[[0, 36, 50]] = far
    regions = face_regions(points, SIZE)
    assert regions is not None
    assert regions.max() <= 6
