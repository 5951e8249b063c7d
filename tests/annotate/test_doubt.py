"""Misfits are pointed out, motions are not."""

from __future__ import annotations

import numpy as np
from faces import neutral_face

from faceflow.annotate.doubt import leaps

FACE = neutral_face() * 200


def test_misfit_of_one_frame_is_a_leap() -> None:
    """It comes and is gone; its neighbours are blameless."""
    shift = [0, 1, 2, 40, 3, 4, 5]
    assert leaps([FACE + x for x in shift]) == [x == 40 for x in shift]


def test_motion_is_no_leap() -> None:
    """However fast, if it goes on; nor is the detector's jitter."""
    jitter = np.random.default_rng(0).normal(0, 1, (8, 68, 2))
    assert not any(leaps([FACE + 15.0 * time + jitter[time] for time in range(8)]))


def test_frames_without_neighbours_are_not_judged() -> None:
    """The first, the last, and those beside a frame without a face."""
    faces = [FACE + 90, FACE, None, FACE + 50, None, FACE, FACE + 90]
    assert not any(leaps(faces))
    assert leaps([]) == []
    assert leaps([FACE, FACE[:66] + 90, FACE]) == [False, False, False]
