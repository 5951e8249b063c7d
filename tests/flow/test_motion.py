"""How much a field moves, against sums in exact arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest

from faceflow.errors import ArrayError
from faceflow.flow.motion import measure_motion

pytestmark = pytest.mark.usefixtures("backend")


def test_against_exact_sums() -> None:
    """Any mask; what pixels that are not valid hold makes no difference."""
    rng = np.random.default_rng(0)
    for size in [(1, 1), (2, 3), (5, 13), (40, 33)]:
        flow = rng.normal(0, 5, (*size, 2)).astype(np.float32)
        valid = rng.random(size) < 0.6
        flow[~valid] = rng.choice([np.nan, 1e10, 0.0])
        lengths = [math.hypot(u, v) for u, v in flow[valid].tolist()]
        motion = measure_motion(flow, valid)
        assert motion.pixels == len(lengths)
        assert motion.mean == pytest.approx(math.fsum(lengths) / max(len(lengths), 1), rel=1e-6)
        assert motion.longest == pytest.approx(max(lengths, default=0.0), rel=1e-6)


def test_views_are_taken() -> None:
    """A part of a field, and one with its rows reversed."""
    flow = np.arange(48, dtype=np.float32).reshape(4, 6, 2)
    valid = np.ones((4, 6), bool)
    whole = measure_motion(flow, valid)
    assert measure_motion(flow[::-1], valid[::-1]) == whole
    assert measure_motion(flow[:2], valid[:2]).pixels == 12


@pytest.mark.parametrize(
    ("flow", "valid"),
    [
        (np.zeros((2, 3, 2)), np.ones((2, 3), bool)),
        (np.zeros((2, 3), np.float32), np.ones((2, 3), bool)),
        (np.zeros((2, 3, 2), np.float32), np.ones((3, 2), bool)),
        (np.zeros((2, 3, 2), np.float32), np.ones((2, 3), np.uint8)),
    ],
)
def test_other_arrays_are_refused(flow: np.ndarray, valid: np.ndarray) -> None:
    """Nothing is converted behind the caller's back."""
    with pytest.raises(ArrayError, match="is taken"):
        measure_motion(flow, valid)
