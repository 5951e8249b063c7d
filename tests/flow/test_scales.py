"""One pair's flow at several sizes: each field exact on its own grid."""

from __future__ import annotations

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landmark_sets import KINDS, Points, face, landmarks, random_pair

import faceflow as ff
from faceflow.errors import ArrayError
from faceflow.flow.scales import synthesize_weighed
from faceflow.truth.extension import synthesize_true, true_triangles
from faceflow.truth.validity import hidden_at_scales

pytestmark = pytest.mark.usefixtures("backend")


def moved(points: Points, old: tuple[int, int], new: tuple[int, int]) -> Points:
    """Where the interface's convention puts landmarks when an image is resized."""
    factor = np.array([new[1] / old[1], new[0] / old[0]])
    return (points + 0.5) * factor - 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_against_the_naive_reference(kind: str) -> None:
    """Flow within 1e-4 px of the oracle's on each grid, and masks equal."""
    rng = np.random.default_rng(80 + sorted(KINDS).index(kind))
    for _ in range(4):
        src, dst = random_pair(rng, kind)
        triangles = ff.triangulate(src)
        size, sizes = (12, 16), [(6, 8), (12, 16), (5, 3)]
        flows, valids = ff.synthesize_scales(src, dst, size, sizes, triangles)
        for flow, valid, grid in zip(flows, valids, sizes, strict=True):
            ends = moved(src, size, grid), moved(dst, size, grid)
            expected, cover = oracle.synthesize(*ends, grid, triangles)
            np.testing.assert_array_equal(valid, cover > 0)
            tolerance = max(1e-4, np.abs(ends[1] - ends[0]).max() * 2.0**-22)
            np.testing.assert_allclose(flow, expected, rtol=0, atol=tolerance)


@given(landmarks(), st.integers(1, 24), st.integers(1, 24), st.integers(0, 2**32))
def test_each_is_a_call_of_its_own(src: Points, h: int, w: int, seed: int) -> None:
    """Bit by bit what `synthesize` gives of landmarks that were scaled by hand."""
    src = src / 4  # scaled, they have to be within 1e8 px still
    dst = src + np.random.default_rng(seed).normal(size=src.shape)
    triangles = ff.triangulate(src)
    flows, valids = ff.synthesize_scales(src, dst, (16, 9), [(h, w), (16, 9)], triangles, fill=0)
    for flow, valid, size in zip(flows, valids, [(h, w), (16, 9)], strict=True):
        ends = moved(src, (16, 9), size), moved(dst, (16, 9), size)
        expected = ff.synthesize(*ends, size, triangles, fill=0, return_valid=True)
        assert flow.tobytes() == expected[0].tobytes()
        assert valid.tobytes() == expected[1].tobytes()


@given(landmarks(), st.integers(1, 24), st.integers(1, 24), st.booleans(), st.integers(0, 2**32))
def test_weights_are_masks(src: Points, h: int, w: int, everywhere: bool, seed: int) -> None:
    """Flow of 0 where no triangle is, and its weight beside it, whatever was there before."""
    src = src / 4
    dst = src + np.random.default_rng(seed).normal(size=src.shape)
    triangles = ff.triangulate(src)
    sizes = [(h, w), (16, 9)]
    outs = [np.full((*size, 3), np.nan, np.float32) for size in sizes]
    synthesize_weighed(src, dst, (16, 9), triangles, outs, everywhere=everywhere)
    fields = ff.synthesize_scales(src, dst, (16, 9), sizes, triangles, fill=0)
    for out, flow, valid in zip(outs, *fields, strict=True):
        assert out[..., :2].tobytes() == flow.tobytes()
        np.testing.assert_array_equal(out[..., 2], valid | everywhere)


def test_truth_at_its_own_size() -> None:
    """With placed points and a fold, true triangles without what is hidden are `synthesize_true`'s
    mask on the landmarks' own grid; on others it is alike."""
    rng = np.random.default_rng(3)
    src = face(rng, (96, 128))
    dst = src + rng.normal(size=src.shape)
    dst[[62, 66]] = dst[[66, 62]] + [[0, 3], [0, -3]]
    triangles = ff.triangulate(src)
    true, sizes = true_triangles(triangles, 60), [(96, 128), (48, 64)]
    _, valids = ff.synthesize_scales(src, dst, (96, 128), sizes, true)
    hidden = hidden_at_scales(src, dst, (96, 128), sizes, true)
    assert hidden is not None
    assert all(mask.any() for mask in hidden)
    valids = [valid & ~mask for valid, mask in zip(valids, hidden, strict=True)]
    _, valid = synthesize_true(src, dst, (96, 128), triangles, 60, True)
    np.testing.assert_array_equal(valids[0], valid)
    assert 0.2 < valids[1].sum() / valid.sum() < 0.3


def test_what_is_refused() -> None:
    """Sets of other lengths, indices without a landmark, and sizes below 1, in our words."""
    src = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    mesh = np.array([[0, 1, 2]], np.int32)
    with pytest.raises(ArrayError, match="src has 3 landmarks, dst 4"):
        ff.synthesize_scales(src, np.vstack([src, [[1.0, 1.0]]]), (9, 9), [(9, 9)], mesh)
    with pytest.raises(ArrayError, match="index 3 with 3 landmarks"):
        ff.synthesize_scales(src, src, (9, 9), [(9, 9)], mesh + 3)
    with pytest.raises(ArrayError, match="size is"):
        ff.synthesize_scales(src, src, (9, 9), [(9, 0)], mesh)
    for out in (np.empty((4, 4, 2), np.float32), np.empty((4, 4, 3)), np.empty(3, np.float32)):
        with pytest.raises(ArrayError, match="out is"):
            synthesize_weighed(src, src, (9, 9), mesh, [out])
    with pytest.raises(ArrayError, match="index 3 with 3 landmarks"):
        synthesize_weighed(src, src, (9, 9), mesh + 3, [np.empty((4, 4, 3), np.float32)])
