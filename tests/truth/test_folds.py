"""No motion folds a rendered picture: what would is held back, and no more than that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import faceflow as ff
from faceflow.flow.render import border_anchors
from faceflow.truth.folds import LEAST_AREA, unfold
from faceflow.truth.mesh import doubled_areas
from faceflow.types import Landmarks, Size, Triangles

SIZE: Size = (60, 80)
ANCHORS = 8

seeds = st.integers(0, 2**32 - 1)


def points_and_motion(seed: int, count: int, strength: float) -> tuple[Landmarks, Landmarks]:
    """Points within the image, with its anchors, and where a random motion leads them."""
    rng = np.random.default_rng(seed)
    inner = rng.uniform(0, 1, (count, 2)) * (SIZE[1] - 1, SIZE[0] - 1)
    motion = rng.normal(0, strength, inner.shape)
    anchors = border_anchors(SIZE)
    return np.vstack([inner, anchors]), np.vstack([inner + motion, anchors])


def least_share(first: Landmarks, current: Landmarks, triangles: Triangles) -> float:
    """Of its area, that a triangle has kept at least."""
    return float((doubled_areas(current, triangles) / doubled_areas(first, triangles)).min())


@settings(max_examples=30)  # a fifth of a second each
@given(seeds, st.integers(3, 40), st.sampled_from([0.5, 5.0, 50.0, 1e4, 1e8]))
def test_nothing_folds_whatever_the_motion(seed: int, count: int, strength: float) -> None:
    """No triangle turns over nor all but vanishes, and anchors stay."""
    first, current = points_and_motion(seed, count, strength)
    triangles = ff.triangulate(first)
    landmarks, _ = unfold(first, current, triangles, ANCHORS)
    assert not ff.flipped_triangles(first, landmarks, triangles).any()
    assert least_share(first, landmarks, triangles) >= LEAST_AREA
    np.testing.assert_array_equal(landmarks[-ANCHORS:], first[-ANCHORS:])


@given(seeds)
def test_every_pixel_has_a_flow_there_and_back(seed: int) -> None:
    """What does not fold and has its border held covers the image, once."""
    first, current = points_and_motion(seed, 12, 20.0)
    triangles = ff.triangulate(first)
    landmarks, _ = unfold(first, current, triangles, ANCHORS)
    for src, dst in ((first, landmarks), (landmarks, first)):
        _, valid = ff.synthesize(src, dst, SIZE, triangles, return_valid=True)
        assert valid.all()
    assert doubled_areas(landmarks, triangles).sum() == pytest.approx(2 * SIZE[0] * SIZE[1])


@given(seeds, st.integers(3, 40))
def test_what_does_not_fold_is_left_as_it_is(seed: int, count: int) -> None:
    """To the bit, and nothing is said to be moved."""
    first, current = points_and_motion(seed, count, 1.0)
    triangles = ff.triangulate(first)
    sound, _ = unfold(first, current, triangles, ANCHORS)
    again, moved = unfold(first, sound, triangles, ANCHORS)
    np.testing.assert_array_equal(again, sound)
    assert moved == 0


def test_only_what_folds_is_held_back() -> None:
    """A point that crosses another by a pixel is moved by little more, the others not at all."""
    rng = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(np.arange(5, 80, 10.0), np.arange(5, 60, 10.0)), -1).reshape(-1, 2)
    first = np.vstack([grid + rng.uniform(-1, 1, grid.shape), border_anchors(SIZE)])
    triangles = ff.triangulate(first)
    current = first.copy()
    current[20] += (11.0, 0.0)
    landmarks, moved = unfold(first, current, triangles, ANCHORS)
    assert 1 <= moved <= 8
    assert 0 < np.abs(landmarks - current).max() < 6
    assert landmarks[20, 0] > first[20, 0] + 5


def test_motion_that_cannot_be_saved_is_none() -> None:
    """Points thrown through one another by any distance end in a frame that is sound."""
    first, _ = points_and_motion(5, 30, 0.0)
    current = first.copy()
    current[:30] = first[:30][::-1] * 1e7
    triangles = ff.triangulate(first)
    landmarks, moved = unfold(first, current, triangles, ANCHORS)
    assert least_share(first, landmarks, triangles) >= LEAST_AREA
    assert moved == 30


def test_points_that_coincide_do_no_harm() -> None:
    """Three at one place, and some on one line."""
    first = np.vstack([[[9.0, 9]] * 3, [[20.0, 9], [30, 9], [40, 9]], border_anchors(SIZE)])
    triangles = ff.triangulate(first)
    current = first + 0.0
    current[:6] += np.random.default_rng(0).normal(0, 30, (6, 2))
    landmarks, _ = unfold(first, current, triangles, ANCHORS)
    assert not ff.flipped_triangles(first, landmarks, triangles).any()
