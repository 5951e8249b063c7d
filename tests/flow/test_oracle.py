"""Both kernels against the naive reference, and against what the words of the interface say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landmark_sets import KINDS, Points, folded, landmarks, random_pair
from oracle import synthesize

from faceflow import _core
from faceflow.flow import _numba

SETS_OF_A_KIND = 40


def check(src: Points, dst: Points, size: tuple[int, int], triangles: np.ndarray) -> int:
    """Flow and mask of both kernels; gives the most triangles that cover one pixel."""
    expected, cover = synthesize(src, dst, size, triangles)
    for kernel in (_core, _numba):
        flow = np.empty((1, *size, 2), np.float32)
        valid = np.empty((1, *size), bool)
        kernel.synthesize(src[None], dst[None], triangles, np.nan, flow, valid)
        np.testing.assert_array_equal(valid[0], cover > 0)
        np.testing.assert_array_equal(np.isnan(flow[0]), np.isnan(expected))
        # 1e-4 px up to displacements of 128 px, then four units in float32's last place.
        tolerance = max(1e-4, np.abs(dst - src).max() * 2.0**-22)
        np.testing.assert_allclose(flow[0], expected, rtol=0, atol=tolerance)
    return int(cover.max())


@pytest.mark.parametrize("kind", KINDS)
def test_triangulated(kind: str) -> None:
    """Flow within 1e-4 px, masks equal, and no pixel covered twice, for sets of each kind."""
    rng = np.random.default_rng(11 + sorted(KINDS).index(kind))
    for _ in range(SETS_OF_A_KIND):
        src, dst = random_pair(rng, kind)
        size = (int(rng.integers(1, 20)), int(rng.integers(1, 20)))
        assert check(src, dst, size, _core.triangulate(src)) <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_folded(kind: str) -> None:
    """Where triangles overlap, the flow is that of the first in the list."""
    rng = np.random.default_rng(50 + sorted(KINDS).index(kind))
    for _ in range(SETS_OF_A_KIND // 2):
        before, dst = random_pair(rng, kind)
        check(folded(rng, before), dst, (14, 15), _core.triangulate(before))


@settings(max_examples=40)
@given(landmarks(most=7), st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32))
def test_sets_that_shrink(src: Points, H: int, W: int, seed: int) -> None:
    """The same for sets that hypothesis finds and makes small."""
    dst = folded(np.random.default_rng(seed), src)
    assert check(src, dst, (H, W), _core.triangulate(src)) <= 1


def test_whole_hull_is_covered_once() -> None:
    """A square of landmarks on pixel centres owns its top and left sides, and all within."""
    x, y = np.meshgrid(np.arange(2.0, 15, 3), np.arange(1.0, 14, 4))
    src = np.column_stack([x.ravel(), y.ravel()])
    _, cover = synthesize(src, src + 1, (18, 18), _core.triangulate(src))
    inside = np.zeros((18, 18), int)
    inside[1:13, 2:14] = 1
    np.testing.assert_array_equal(cover, inside)
    check(src, src + 1, (18, 18), _core.triangulate(src))
