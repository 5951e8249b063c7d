"""Points on the hairline, and triangles up to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landmark_sets import KINDS, face, landmarks

import faceflow as ff
from faceflow.truth.border import outer_loop
from faceflow.truth.caps import cap_triangles
from faceflow.truth.extension import synthesize_true
from faceflow.truth.forehead import forehead_points
from faceflow.truth.meanface import RIGID, hairline, mean_face
from faceflow.truth.placement import Placement
from faceflow.types import Landmarks, Size

pytestmark = pytest.mark.usefixtures("backend")

SIZE: Size = (40, 30)
FOREHEAD = Placement(forehead=True)


def upright(rng: np.random.Generator, size: Size = SIZE) -> Landmarks:
    """A face like the mean one, in the middle of an image, no two alike."""
    H, W = size
    points = mean_face() + rng.normal(size=(68, 2))
    return points * (W / 200, H / 250) + (W / 2, H * 0.45)


@given(st.integers(0, 2**32 - 1))
def test_points_follow_what_the_head_does(seed: int) -> None:
    """Moved, turned, scaled or sheared landmarks give points moved, turned, scaled or sheared."""
    rng = np.random.default_rng(seed)
    points, turn, move = upright(rng), rng.normal(size=(2, 2)), rng.normal(size=2) * 100
    expected = forehead_points(points) @ turn + move
    assert np.abs(forehead_points(points @ turn + move) - expected).max() < 1e-9


def test_the_mean_face_has_its_own_hairline() -> None:
    """Above the brows, and as wide as the face at most."""
    points = forehead_points(mean_face())
    assert np.abs(points - hairline()).max() < 1e-9
    assert points[:, 1].max() < mean_face()[17:27, 1].max()
    assert np.abs(points[:, 0]).max() < 68


def test_neither_jaw_nor_brows_nor_lids_move_the_hairline() -> None:
    """A shout, a frown and a blink are none of the head's motions."""
    rng = np.random.default_rng(3)
    points = upright(rng)
    moved = points + rng.normal(size=points.shape) * 5
    moved[list(RIGID)] = points[list(RIGID)]
    assert np.array_equal(forehead_points(points), forehead_points(moved))


@given(st.integers(0, 2**32 - 1))
def test_flow_below_is_the_same_to_the_bit(seed: int) -> None:
    """And all of the hull with the forehead has flow."""
    rng = np.random.default_rng(seed)
    src, dst = upright(rng), upright(rng)
    flow, valid = ff.synthesize(src, dst, SIZE, ff.triangulate(src), return_valid=True)
    points = FOREHEAD.place(src, SIZE), FOREHEAD.place(dst, SIZE)
    longer, more = synthesize_true(*points, SIZE, FOREHEAD.triangulate(points[0]), None)
    assert np.array_equal(longer[valid], flow[valid])
    hull = ff.triangulate(points[0])
    assert np.array_equal(more, ff.synthesize(*points, SIZE, hull, return_valid=True)[1])
    assert more.sum() > valid.sum()


@given(landmarks(), landmarks(most=5))
def test_caps_fill_the_hull_once(points: Landmarks, others: Landmarks) -> None:
    """Whatever the outline and the points, those inside of it or on its edges too."""
    triangles = ff.triangulate(points)
    if len(triangles) == 0:
        return
    both = np.concatenate([points, others])
    placed = range(len(points), len(both))
    rows = np.concatenate([triangles, cap_triangles(both, outer_loop(triangles).tolist(), placed)])
    covered = np.zeros(SIZE, int)
    for triangle in rows:
        covered += ff.synthesize(both, both, SIZE, triangle[None], return_valid=True)[1]
    hull = ff.synthesize(both, both, SIZE, ff.triangulate(both), return_valid=True)[1]
    assert np.array_equal(covered, hull.astype(int))
    assert ff.flipped_triangles(both, both * [-1, 1], rows).all()


@pytest.mark.parametrize("kind", KINDS)
def test_border_and_forehead_go_together(kind: str) -> None:
    """Flow fades from the hairline on; the face may be anything."""
    rng = np.random.default_rng(1)
    placement = Placement(forehead=True, border=True)
    src = np.resize(KINDS[kind](rng, 68) * 0.9, (68, 2))
    points = placement.place(src, SIZE)
    triangles = placement.triangulate(np.clip(points, -1e8, 1e8))
    if len(triangles):
        flow, _ = synthesize_true(*[np.clip(points, -1e8, 1e8)] * 2, SIZE, triangles, 75)
        assert np.isfinite(flow).all()


def test_points_of_any_face_are_placed_in_order() -> None:
    """The landmarks, the forehead, the border; of these only the first were found."""
    placement = Placement(forehead=True, border=True)
    found = face(np.random.default_rng(2), SIZE)
    points = placement.place(found, SIZE)
    assert points.shape == (68 + 7 + 8, 2)
    assert np.array_equal(placement.face(points), found)
    assert points[-1].tolist() == [29.5, 39.5]
