"""Flow that fades to zero between the face and the border of the image."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landmark_sets import KINDS, face, landmarks, random_pair

import faceflow as ff
from faceflow.truth.extension import synthesize_true
from faceflow.truth.placement import Placement
from faceflow.types import Landmarks, Size

pytestmark = pytest.mark.usefixtures("backend")

SIZE: Size = (18, 20)
BORDER = Placement(border=True)


def extended(src: Landmarks, dst: Landmarks, size: Size = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Flow and validity with the border's anchors, and triangles of the first frame."""
    points = BORDER.place(src, size), BORDER.place(dst, size)
    return synthesize_true(*points, size, BORDER.triangulate(points[0]), len(src))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_on_the_face_flow_is_the_same_to_the_bit(kind: str, seed: int) -> None:
    """And so is where it is valid, however the face moves and lies."""
    src, dst = random_pair(np.random.default_rng(seed), kind)
    flow, valid = ff.synthesize(src, dst, SIZE, ff.triangulate(src), return_valid=True)
    longer, same = extended(src, dst)
    assert np.array_equal(valid, same)
    assert np.array_equal(longer[valid], flow[valid])


@given(landmarks())
def test_all_of_the_image_has_flow(points: Landmarks) -> None:
    """Wherever the face lies, within, across the border or around all of it."""
    flow, _ = extended(points, np.clip(points + 1, -1e8, 1e8))
    triangles = ff.triangulate(points)
    assert np.isfinite(flow).all() == (len(triangles) > 0)


@given(landmarks())
def test_no_place_in_the_image_has_two_triangles(points: Landmarks) -> None:
    """So that it does not depend on their order; those that lie turned over are outside of it."""
    placed = BORDER.place(points, SIZE)
    covered = np.zeros(SIZE, int)
    for triangle in BORDER.triangulate(placed):
        covered += ff.synthesize(placed, placed, SIZE, triangle[None], return_valid=True)[1]
    assert covered.max() <= 1


@given(landmarks())
def test_flow_is_continuous_where_the_face_ends(points: Landmarks) -> None:
    """No edge of a triangle meets a part of another one's."""
    rows = BORDER.triangulate(BORDER.place(points, SIZE)).tolist()
    edges = Counter((a, b) for a, b, c in rows for a, b in ((a, b), (b, c), (c, a)))
    single = {(a, b) for a, b in edges if (b, a) not in edges}
    assert set(edges.values()) <= {1}
    assert all(min(edge) >= len(points) for edge in single)
    assert len(single) == (8 if rows else 0)


@given(st.integers(0, 2**32 - 1))
def test_it_fades_to_nothing_at_the_border(seed: int) -> None:
    """Half a pixel from it, it is at most its share of the way from the face."""
    rng = np.random.default_rng(seed)
    src = face(rng, (20, 20)) + 10
    move = rng.normal(size=src.shape) * 3
    flow, _ = extended(src, src + move, (40, 40))
    border = np.ones((40, 40), bool)
    border[1:-1, 1:-1] = False
    least = 10.5  # from the border to the face
    assert np.abs(flow[border]).max() <= np.abs(move).max() * 0.5 / least + 1e-4


def test_moving_faces_stay_covered() -> None:
    """A later frame's flow, with the triangles of a first frame that lay elsewhere."""
    rng = np.random.default_rng(5)
    first = face(rng, (9, 9))
    triangles = BORDER.triangulate(BORDER.place(first, SIZE))
    for shift in ((0, 0), (10, 0), (10, 8), (0, 8)):
        points = BORDER.place(first + shift, SIZE)
        flow, valid = synthesize_true(points, points, SIZE, triangles, 68)
        assert np.isfinite(flow).all()
        assert valid.any()


def test_landmarks_on_one_line_have_no_triangles() -> None:
    """Nothing is made up round a face that is none."""
    line = np.column_stack([np.arange(5.0), np.arange(5.0)])
    assert len(BORDER.triangulate(BORDER.place(line, SIZE))) == 0
    line[1, 0] += 0.5
    assert len(BORDER.triangulate(BORDER.place(line, SIZE))) > 0
