"""Motion for a photograph: another face's expression, a head that moves, lips that can open."""

from __future__ import annotations

import numpy as np
import pytest
from faces import moving_face, neutral_face
from hypothesis import given, settings
from hypothesis import strategies as st

import faceflow as ff
from faceflow.flow.render import border_anchors
from faceflow.truth.head_motion import draw_head_motion
from faceflow.truth.placement import Placement
from faceflow.truth.render_options import RenderOptions
from faceflow.truth.rendered import Rendering, begin_rendering
from faceflow.truth.slits import open_slits
from faceflow.truth.transfer import fit_similarity, move_by, without_head_motion
from faceflow.types import Landmarks

SIZE = (200, 150)
numbers = st.floats(-3, 3)


def face(time: int = 0) -> Landmarks:
    return moving_face(SIZE, 0, time)


def rendering(photograph: Landmarks, start: Landmarks, **options: object) -> Rendering:
    taken = RenderOptions("rendered", **options)  # type: ignore[arg-type]
    return begin_rendering(taken, Placement(), b"F1/T1", 0, start, photograph, SIZE, SIZE)


@given(numbers, numbers, numbers, numbers)
def test_similarity_is_found(a: float, b: float, c: float, d: float) -> None:
    """Any turn, scale and shift, from the points alone."""
    points = neutral_face()
    turn, shift = complex(a, b), complex(c, d)
    found = fit_similarity(points, move_by(points, turn, shift))
    np.testing.assert_allclose(found, (turn, shift), atol=1e-12)


def test_points_at_one_place_are_only_shifted() -> None:
    """There is no turn to be found, and none is made up."""
    assert fit_similarity(np.zeros((3, 2)), np.ones((3, 2))) == (1, 1 + 1j)


def test_another_expression_is_taken_without_its_head_motion() -> None:
    """Of a face that only turns and shifts nothing is left; an open mouth stays open."""
    first = neutral_face() * 100
    turned = move_by(first, 1.1 + 0.2j, 30 - 5j)
    np.testing.assert_allclose(without_head_motion(turned, first), first, atol=1e-10)
    opened = first.copy()
    opened[66] += (0, 10)
    moved = without_head_motion(move_by(opened, 0.9j, 7), first)
    np.testing.assert_allclose(moved - first, opened - first, atol=1e-10)


def test_transferred_motion_has_the_photographs_scale_and_turn(tmp_path: object) -> None:
    """A driver twice as large and lying on the side opens the photograph's mouth as far as its
    own, in sizes of the face."""
    photograph = face()
    start = move_by(photograph, 2j, 500)
    now = photograph.copy()
    now[57] += (0, 5)
    made = rendering(photograph, start, motions=tmp_path)
    landmarks, repaired = made.landmarks(1, move_by(now, 2j, 500))
    assert repaired == 0
    moved = landmarks[:68] - made.first[:68]
    np.testing.assert_allclose(moved[57], (0, 5), atol=1e-9)
    np.testing.assert_allclose(np.delete(moved, 57, 0), 0, atol=1e-9)


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0])
def test_motion_scale(scale: float) -> None:
    """Displacements are so many times the landmarks'."""
    start, now = face(0), face(0)
    now[30] += (2, 1)
    made = rendering(start, start, motion_scale=scale)
    landmarks, _ = made.landmarks(1, now)
    np.testing.assert_allclose(landmarks[30] - made.first[30], (2 * scale, scale), atol=1e-12)


@pytest.mark.parametrize("kind", ["none", "similarity", "homography"])
def test_the_first_frame_is_the_photographs(kind: str) -> None:
    """Within rounding, whatever the head does later; with the image's anchors after it."""
    made = rendering(face(), face(), head_motion=kind)
    landmarks, repaired = made.landmarks(0, face())
    np.testing.assert_allclose(landmarks, made.first, atol=1e-12)
    assert repaired == 0
    np.testing.assert_array_equal(landmarks[68:], border_anchors(SIZE))


@given(st.integers(0, 2**63 - 1), st.sampled_from(["similarity", "homography"]))
def test_heads_move_smoothly_and_within_bounds(seed: int, kind: str) -> None:
    """Within a third of the face's size, and by less than a twentieth of it from frame to frame."""
    motion = draw_head_motion(kind, seed)
    points = neutral_face() * 100
    middle, size = points.mean(axis=0), 100.0
    moved = np.stack([motion.move(points, middle, size, time) for time in range(-10, 60)])
    assert np.abs(moved - points).max() < size / 3
    assert np.abs(np.diff(moved, axis=0)).max() < size / 20
    np.testing.assert_array_equal(
        moved, [motion.move(points, middle, size, t - 10) for t in range(70)]
    )


def test_seeds_and_names_draw_different_heads() -> None:
    """And the same ones the same."""
    drawn = [draw_head_motion("similarity", seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_lips_that_cross_in_the_photograph_can_open() -> None:
    """Where the detector has the lower lip above the upper one, an open mouth still opens."""
    shut = face()
    upper, lower = shut[[61, 62, 63]], shut[[67, 66, 65]]
    middle = (upper + lower) / 2
    shut[[61, 62, 63]], shut[[67, 66, 65]] = np.add(middle, (0, 0.3)), middle - (0, 0.3)
    opened = shut.copy()
    opened[[67, 66, 65]] += (0, 8.0)
    made = rendering(shut, shut)
    landmarks, _ = made.landmarks(1, opened)
    opening = landmarks[66, 1] - landmarks[62, 1]
    assert 7.5 < opening < 9.0
    assert not ff.flipped_triangles(made.first, landmarks, made.triangles).any()


def test_open_lips_and_other_points_are_left_alone() -> None:
    """Slits are opened where they are shut, and only where points have names."""
    wide = face()
    np.testing.assert_array_equal(open_slits(wide), wide)
    np.testing.assert_array_equal(open_slits(np.zeros((66, 2))), np.zeros((66, 2)))


@settings(max_examples=25)  # a quarter of a second each
@given(st.integers(0, 2**32 - 1), st.floats(0, 40))
def test_any_face_is_rendered_without_a_fold(seed: int, jitter: float) -> None:
    """Landmarks outside the image, at one place or thrown about: pixels all have their flow."""
    rng = np.random.default_rng(seed)
    photograph = face() + rng.normal(0, jitter, (68, 2)) + rng.normal(0, 60, 2)
    made = rendering(photograph, photograph, head_motion="homography", seed=seed)
    frames = [made.landmarks(n, photograph + rng.normal(0, jitter, (68, 2)))[0] for n in (1, 2)]
    assert not ff.flipped_triangles(*frames, made.triangles).any()
    _, valid = ff.synthesize(*frames, SIZE, made.triangles, return_valid=True)
    assert valid.all()
