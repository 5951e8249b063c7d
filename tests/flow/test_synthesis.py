"""faceflow.synthesize: what callers rely on beside the values, which test_oracle checks."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.interpolate
import scipy.spatial
from hypothesis import given
from hypothesis import strategies as st
from landmark_sets import Points, face, landmarks

import faceflow as ff
from faceflow.errors import ArrayError

pytestmark = pytest.mark.usefixtures("backend")

SRC = np.array([[1.0, 1.0], [14.0, 2.0], [6.0, 13.0]])
DST = SRC + np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.5]])
ONE = np.array([[0, 1, 2]], np.int32)


@given(landmarks(), st.integers(1, 20), st.integers(1, 20), st.sampled_from([0.0, -3.5, np.nan]))
def test_fill_and_valid(src: Points, H: int, W: int, fill: float) -> None:
    """The flow is finite where valid and `fill` elsewhere; asking for the mask changes no bit."""
    triangles = ff.triangulate(src)
    dst = np.clip(src + 2, -1e8, 1e8)
    flow, valid = ff.synthesize(src, dst, (H, W), triangles, fill=fill, return_valid=True)
    assert flow.shape == (H, W, 2)
    assert flow.dtype == np.float32
    assert valid.shape == (H, W)
    assert valid.dtype == np.bool_
    assert np.isfinite(flow[valid]).all()
    np.testing.assert_array_equal(flow[~valid], np.float32(fill))
    alone = ff.synthesize(src, dst, (H, W), triangles, fill=fill)
    assert alone.tobytes() == flow.tobytes()


@given(landmarks(), st.tuples(*[st.integers(-30, 30)] * 2))
def test_translation_is_uniform(src: Points, shift: tuple[int, int]) -> None:
    """Landmarks that all move alike give that displacement at each pixel."""
    dst = np.clip(src + shift, -1e8, 1e8)
    moved = dst - src
    flow, valid = ff.synthesize(src, dst, (12, 14), ff.triangulate(src), return_valid=True)
    low, high = moved.min(axis=0), moved.max(axis=0)
    assert (flow[valid] >= low - 1e-5).all()
    assert (flow[valid] <= high + 1e-5).all()


def test_affine_motion_is_exact_everywhere() -> None:
    """Landmarks moved by one affine map give that map's flow, whatever the triangles."""
    rng = np.random.default_rng(2)
    src = face(rng, (64, 80))
    matrix, offset = np.array([[0.02, -0.05], [0.03, 0.01]]), np.array([1.5, -0.75])
    triangles = ff.triangulate(src)
    dst = src + src @ matrix + offset
    flow, valid = ff.synthesize(src, dst, (64, 80), triangles, return_valid=True)
    y, x = np.indices((64, 80))
    expected = np.stack([x, y], axis=-1) @ matrix + offset
    assert valid.mean() > 0.7
    np.testing.assert_allclose(flow[valid], expected[valid], atol=1e-4)


@pytest.mark.parametrize("count", [5, 68, 400])
def test_equals_scipy_linear_interpolation(count: int) -> None:
    """Inside the hull the flow is scipy's linear interpolation over the same triangles."""
    rng = np.random.default_rng(count)
    src = rng.random((count, 2)) * (90, 70) - 5
    dst = src + rng.normal(size=src.shape) * 4
    mesh = scipy.spatial.Delaunay(src)
    triangles = ff.triangulate(src)
    assert {frozenset(t) for t in triangles.tolist()} == {
        frozenset(t) for t in mesh.simplices.tolist()
    }
    flow, valid = ff.synthesize(src, dst, (64, 80), triangles, return_valid=True)
    y, x = np.indices((64, 80))
    expected = scipy.interpolate.LinearNDInterpolator(mesh, dst - src)(x, y)
    inside = ~np.isnan(expected[..., 0])
    # Qhull decides a hull edge with a tolerance; these sets have no pixel on one.
    np.testing.assert_array_equal(valid, inside)
    np.testing.assert_allclose(flow[valid], expected[valid], atol=1e-4)


def test_order_of_triangles_and_corners() -> None:
    """Disjoint triangles may be listed in any order and orientation."""
    rng = np.random.default_rng(3)
    src = face(rng, (40, 40))
    dst = src + rng.normal(size=src.shape)
    triangles = ff.triangulate(src)
    flow, valid = ff.synthesize(src, dst, (40, 40), triangles, return_valid=True)
    other = rng.permutation(triangles)[:, [2, 1, 0]]
    shuffled, valid_too = ff.synthesize(src, dst, (40, 40), other, return_valid=True)
    np.testing.assert_array_equal(valid, valid_too)
    np.testing.assert_allclose(shuffled[valid], flow[valid], atol=1e-4)


def test_fold_takes_first_triangle() -> None:
    """Where triangles overlap, the first in the list gives the flow."""
    src = np.vstack([SRC, SRC])
    dst = np.vstack([SRC + 1, SRC + 2])
    first = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    for order, expected in ((first, 1.0), (first[::-1], 2.0)):
        flow, valid = ff.synthesize(src, dst, (16, 16), order, return_valid=True)
        np.testing.assert_allclose(flow[valid], expected, atol=1e-6)


def test_no_triangle() -> None:
    """Without a triangle all is fill, and nothing is valid."""
    none = np.empty((0, 3), np.int32)
    flow, valid = ff.synthesize(SRC, DST, (5, 7), none, return_valid=True)
    assert np.isnan(flow).all()
    assert not valid.any()


def test_out_is_written_and_returned() -> None:
    """`out` and `out_valid` are what is returned, whole, whatever they held."""
    flow, valid = ff.synthesize(SRC, DST, (16, 16), ONE, return_valid=True)
    out, out_valid = np.full((16, 16, 2), 99, np.float32), np.ones((16, 16), bool)
    result = ff.synthesize(SRC, DST, (16, 16), ONE, return_valid=True, out=out, out_valid=out_valid)
    assert result[0] is out
    assert result[1] is out_valid
    assert out.tobytes() == flow.tobytes()
    np.testing.assert_array_equal(out_valid, valid)
    part = np.full((3, 16, 16, 2), 99, np.float32)
    ff.synthesize(SRC, DST, (16, 16), ONE, out=part[1])
    assert part[1].tobytes() == flow.tobytes()
    assert (part[[0, 2]] == 99).all()


def test_arguments_are_not_changed() -> None:
    """Landmarks and triangles are as they were, and may be read-only."""
    arrays = [SRC.copy(), DST.copy(), ONE.copy()]
    for array in arrays:
        array.flags.writeable = False
    flow = ff.synthesize(arrays[0], arrays[1], (16, 16), arrays[2])
    assert flow.tobytes() == ff.synthesize(SRC, DST, (16, 16), ONE).tobytes()


def _bad_index(value: int) -> np.ndarray:
    return np.array([[0, 1, value]], np.int32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"src": SRC[:2]}, "src has 2 points"),
        ({"src": SRC.astype(np.float32)}, r"src is \(3, 2\) float32"),
        ({"dst": DST[None]}, r"dst is \(1, 3, 2\) float64"),
        ({"dst": np.full((3, 2), np.nan)}, r"dst\[0\] is not finite"),
        ({"dst": np.full((3, 2), -3e8)}, r"dst\[0\] is too far away"),
        ({"dst": np.zeros((4, 2))}, "src has 3 landmarks, dst 4"),
        ({"size": (0, 5)}, r"size is \(0, 5\), \(H, W\) from 1 to 1048576 is taken"),
        ({"size": (5, -1)}, r"size is \(5, -1\)"),
        ({"size": (5, 2**20 + 1)}, "size is"),
        ({"size": (5.5, 6)}, r"size is \(5.5, 6\)"),
        ({"size": (5, np.inf)}, r"size is \(5, inf\)"),
        ({"size": (np.nan, 5)}, r"size is \(nan, 5\)"),
        ({"size": (5,)}, r"size is \(5,\)"),
        ({"size": (5, 6, 7)}, r"size is \(5, 6, 7\)"),
        ({"size": 5}, "size is 5"),
        ({"size": "ab"}, "size is 'ab'"),
        ({"size": None}, "size is None"),
        ({"triangles": ONE.astype(np.int64)}, r"triangles is \(1, 3\) int64, \(M, 3\) int32"),
        ({"triangles": ONE[0]}, r"triangles is \(3,\) int32"),
        ({"triangles": np.zeros((1, 4), np.int32)}, r"triangles is \(1, 4\) int32"),
        ({"triangles": _bad_index(3)}, "index 3 with 3 landmarks"),
        ({"triangles": _bad_index(-1)}, "index -1 with 3 landmarks"),
        ({"out": np.zeros((16, 16), np.float32)}, r"out is \(16, 16\) float32; \(16, 16, 2\)"),
        ({"out": np.zeros((16, 16, 2))}, r"out is \(16, 16, 2\) float64; .* float32"),
        ({"out": np.zeros((2, 16, 16), np.float32).T}, "out is .*, not C-contiguous"),
        ({"out": np.broadcast_to(np.float32(0), (16, 16, 2))}, "out is .*read-only"),
        ({"out": [0]}, "out is a list"),
        ({"out_valid": np.zeros((16, 16), np.uint8)}, r"out_valid is \(16, 16\) uint8; .* bool"),
        ({"out_valid": np.zeros((16, 15), bool)}, r"out_valid is \(16, 15\) bool"),
    ],
)
def test_refused(change: dict[str, object], message: str) -> None:
    """What is not taken is named, with what was found and what is taken."""
    arguments = {"src": SRC, "dst": DST, "size": (16, 16), "triangles": ONE, "return_valid": True}
    with pytest.raises(ArrayError, match=message):
        ff.synthesize(**(arguments | change))
