"""Landmarks that move further than a face can."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from faces import Faces, moving_face
from hypothesis import given
from hypothesis import strategies as st

from faceflow.truth.jumps import is_jump

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")
FACE = moving_face((480, 480))


def size(points: np.ndarray) -> float:
    return float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean()))


@given(st.floats(0, 2 * np.pi), st.floats(0.0, 0.6), st.sampled_from([1, 4, 25]))
def test_a_face_that_moves_as_one_jumps_beyond_a_quarter_of_itself(
    turn: float, share: float, frames: int
) -> None:
    """In any direction, times the root of the distance in time."""
    step = share * size(FACE) * np.array([np.cos(turn), np.sin(turn)])
    limit = 0.25 * np.sqrt(frames)
    if abs(share - limit) > 1e-6:
        assert is_jump(FACE, FACE + step, frames) == (share > limit)


@pytest.mark.parametrize("count", [3, 4, 20])
def test_landmarks_that_leave_the_others_jump(count: int) -> None:
    """More than one in twenty, by 0.16 of the face; what all of it does beside is not counted."""
    turn = np.array([[0.99, 0.05], [-0.05, 0.99]])
    for share, far in ((0.12, False), (0.25, True)):
        moved = FACE @ turn
        moved[48 : 48 + count, 1] += share * size(FACE)
        assert is_jump(FACE, moved) == (far and count > 3)


def test_it_does_not_depend_on_the_images_size() -> None:
    """Nor on the number of landmarks."""
    for factor in (0.1, 10):
        assert not is_jump(FACE * factor, FACE * factor + 0.2 * size(FACE) * factor / np.sqrt(2))
        assert is_jump(FACE * factor, FACE * factor + 0.3 * size(FACE) * factor)
    assert is_jump(FACE[:3], FACE[:3] + 300)
    assert not is_jump(FACE[:1], FACE[:1])


def test_misfits_of_real_landmarks_jump() -> None:
    """Of 254 pairs four, where a mouth was fitted wide open; and any face that is 40 px off."""
    if not REAL.landmarks.is_dir():
        pytest.skip(f"no real landmarks in {REAL.landmarks}")
    found, count = [], 0
    for folder in sorted(REAL.landmarks.glob("*/*")):
        points = [np.loadtxt(path) for path in sorted(folder.glob("*_landmarks.txt"))]
        jumps = [is_jump(a, b) for a, b in pairwise(points)]
        found += [(folder.parent.name, folder.name, k + 1) for k, jump in enumerate(jumps) if jump]
        count += len(jumps)
        assert is_jump(points[3], points[4] + [40, 0])
    assert count == 254
    assert found == [("M001", "T2", first) for first in (1, 2, 8, 10)]
