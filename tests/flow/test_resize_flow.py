"""Flow on another grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import faceflow as ff
from faceflow.errors import ArrayError
from faceflow.flow.resize import resize_flow

SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(before=SIZES, after=SIZES, u=st.floats(-9, 9), v=st.floats(-9, 9))
def test_one_motion_stays_one_motion(before, after, u, v) -> None:
    """Its vector scales with the grid, each component with its own side."""
    flow = np.full((*before, 2), (u, v), np.float32)
    expected = (u * after[1] / before[1], v * after[0] / before[0])
    found = resize_flow(flow, after)
    assert (found.shape, found.dtype) == ((*after, 2), np.float32)
    np.testing.assert_allclose(found, np.full((*after, 2), expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [(60, 44), (120, 200), (31, 90)])
def test_it_is_the_flow_of_landmarks_that_are_scaled_alike(size: tuple[int, int]) -> None:
    """An affine motion, resized, is that of the scaled landmarks: places and vectors agree."""
    src = np.array([[-20.0, -20.0], [150.0, -20.0], [60.0, 170.0]])
    dst = src * 1.04 + [2.0, -1.0]
    before, triangles = (60, 88), ff.triangulate(src)
    scale = np.array([size[1] / before[1], size[0] / before[0]])
    expected = ff.synthesize(
        (src + 0.5) * scale - 0.5, (dst + 0.5) * scale - 0.5, size, triangles, fill=0
    )
    found = resize_flow(ff.synthesize(src, dst, before, triangles, fill=0), size)
    inside = np.zeros(size, bool)
    inside[4:-4, 4:-4] = True  # the border is repeated, and not gone on with
    known = inside & (expected != 0).all(axis=2)
    known &= resize_flow(np.ones((*before, 2), np.float32), size)[..., 0] > 0
    assert known.mean() > 0.3
    far = np.abs(found - expected).max(axis=2)[known]
    assert np.quantile(far, 0.9) < 0.01


def test_what_is_not_known_does_not_spread() -> None:
    """A hole stays one, and its neighbours keep what they have."""
    flow = np.full((40, 60, 2), (3, -2), np.float32)
    flow[10:20, 20:40] = np.nan
    found = resize_flow(flow, (20, 30))
    known = np.isfinite(found).all(axis=2)
    assert 0.8 < (~known).sum() / (5 * 10) < 1.2
    np.testing.assert_allclose(found[known], np.full((known.sum(), 2), (1.5, -1)), rtol=1e-5)


def test_the_same_size_is_the_same_field() -> None:
    """To the bit, unknown pixels too."""
    flow = np.full((4, 6, 2), np.nan, np.float32)
    assert resize_flow(flow, (4, 6)) is flow


def test_no_field_is_refused() -> None:
    """With what is taken."""
    with pytest.raises(ArrayError, match=r"\(H, W, 2\) float32 is taken"):
        resize_flow(np.zeros((0, 6, 2), np.float32), (4, 6))
