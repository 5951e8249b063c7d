"""faceflow.flipped_triangles: where the flow folds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from landmark_sets import KINDS, Points, folded, landmarks
from oracle import doubled_area, on_grid

import faceflow as ff
from faceflow.errors import ArrayError

pytestmark = pytest.mark.usefixtures("backend")

SRC = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
ONE = np.array([[0, 1, 2]], np.int32)


def turns(points: Points, triangles: np.ndarray) -> np.ndarray:
    places = on_grid(points)
    areas = [doubled_area(*(places[i] for i in t)) for t in triangles.tolist()]
    return np.array([(a > 0) - (a < 0) for a in areas], int)


@pytest.mark.parametrize("kind", KINDS)
def test_equals_exact_orientation(kind: str) -> None:
    """A triangle is flipped where the sign of its exact area is reversed."""
    rng = np.random.default_rng(8)
    for _ in range(10):
        src = KINDS[kind](rng, 14)
        dst = folded(rng, src)
        triangles = ff.triangulate(src)
        flipped = ff.flipped_triangles(src, dst, triangles)
        assert flipped.dtype == np.bool_
        assert flipped.shape == (len(triangles),)
        expected = turns(src, triangles) * turns(dst, triangles) < 0
        np.testing.assert_array_equal(flipped, expected)


@given(landmarks())
def test_mirror_flips_all(src: Points) -> None:
    """A mirror image reverses every triangle, and no motion reverses none."""
    triangles = ff.triangulate(src)
    assert ff.flipped_triangles(src, src * [-1, 1], triangles).all()
    assert not ff.flipped_triangles(src, src, triangles).any()


@pytest.mark.parametrize("flat", [SRC * 0, SRC * [1, 0]])
def test_flat_is_not_flipped(flat: Points) -> None:
    """A triangle without area in one frame has no orientation to reverse."""
    assert not ff.flipped_triangles(SRC, flat, ONE).any()
    assert not ff.flipped_triangles(flat, SRC[::-1], ONE).any()


def test_no_triangle() -> None:
    """Of no triangle none is flipped."""
    assert ff.flipped_triangles(SRC, SRC, np.empty((0, 3), np.int32)).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SRC[:2], SRC, ONE), "src has 2 points"),
        ((SRC, SRC * np.nan, ONE), r"dst\[0\] is not finite"),
        ((SRC, np.zeros((5, 2)), ONE), "src has 3 landmarks, dst 5"),
        ((SRC, SRC, ONE.astype(np.uint8)), r"triangles is \(1, 3\) uint8"),
        ((SRC, SRC, ONE + 1), "index 3 with 3 landmarks"),
        ((SRC, SRC, ONE - 1), "index -1 with 3 landmarks"),
    ],
)
def test_refused(arguments: tuple[np.ndarray, ...], message: str) -> None:
    """What is not taken is named."""
    with pytest.raises(ArrayError, match=message):
        ff.flipped_triangles(*arguments)
