"""faceflow.synthesize_sequence: the pairs of a sequence in one call."""

from __future__ import annotations

import numpy as np
import pytest
from landmark_sets import KINDS, folded

import faceflow as ff
from faceflow.errors import ArrayError

pytestmark = pytest.mark.usefixtures("backend")

FACE = np.random.default_rng(5).random((20, 2)) * (30, 24)
SEQUENCE = FACE + np.random.default_rng(6).normal(size=(5, 20, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_equals_single_calls(kind: str) -> None:
    """Each field has the bits of `synthesize` on its frames, with the first frame's triangles."""
    rng = np.random.default_rng(7)
    first = KINDS[kind](rng, 12)
    frames = np.stack([first] + [folded(rng, first) for _ in range(3)])
    flows, valid = ff.synthesize_sequence(frames, (11, 13), return_valid=True)
    assert flows.shape == (3, 11, 13, 2)
    assert valid.shape == (3, 11, 13)
    triangles = ff.triangulate(first)
    for k in range(3):
        flow, mask = ff.synthesize(frames[k], frames[k + 1], (11, 13), triangles, return_valid=True)
        assert flows[k].tobytes() == flow.tobytes()
        np.testing.assert_array_equal(valid[k], mask)


def test_triangles_given() -> None:
    """Triangles of one's own are used for all pairs."""
    triangles = ff.triangulate(SEQUENCE.mean(axis=0))[:7]
    flows = ff.synthesize_sequence(SEQUENCE, (24, 30), triangles, fill=0.5)
    last = ff.synthesize(SEQUENCE[3], SEQUENCE[4], (24, 30), triangles, fill=0.5)
    assert flows[3].tobytes() == last.tobytes()


def test_single_frame() -> None:
    """A sequence of one frame has no pair, and the arrays say so."""
    flows, valid = ff.synthesize_sequence(SEQUENCE[:1], (24, 30), return_valid=True)
    assert flows.shape == (0, 24, 30, 2)
    assert valid.shape == (0, 24, 30)


def test_out_is_written_and_returned() -> None:
    """`out` and `out_valid` hold the result whole."""
    out, out_valid = np.full((4, 24, 30, 2), 99, np.float32), np.ones((4, 24, 30), bool)
    flows, valid = ff.synthesize_sequence(
        SEQUENCE, (24, 30), return_valid=True, out=out, out_valid=out_valid
    )
    assert flows is out
    assert valid is out_valid
    expected, expected_valid = ff.synthesize_sequence(SEQUENCE, (24, 30), return_valid=True)
    assert out.tobytes() == expected.tobytes()
    np.testing.assert_array_equal(out_valid, expected_valid)


def test_strided_sequence() -> None:
    """Every other frame of a longer array is taken as it is."""
    np.testing.assert_array_equal(
        ff.synthesize_sequence(np.repeat(SEQUENCE, 2, axis=0)[::2], (24, 30)),
        ff.synthesize_sequence(SEQUENCE, (24, 30)),
    )


def _spoilt(index: tuple[int, int, int], value: float) -> np.ndarray:
    frames = SEQUENCE.copy()
    frames[index] = value
    return frames


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((FACE, (9, 9)), r"landmarks is \(20, 2\) float64, \(T, N, 2\) float64 is taken"),
        ((SEQUENCE.astype(np.float32), (9, 9)), r"landmarks is \(5, 20, 2\) float32"),
        ((SEQUENCE[:0], (9, 9)), "landmarks has no frame"),
        ((SEQUENCE[:, :2], (9, 9)), "landmarks has 2 points"),
        ((_spoilt((3, 7, 1), np.nan), (9, 9)), r"landmarks\[3\]\[7\] is not finite"),
        ((_spoilt((4, 0, 0), 1e9), (9, 9)), r"landmarks\[4\]\[0\] is too far away"),
        ((SEQUENCE, (9,)), r"size is \(9,\)"),
        ((SEQUENCE, (9, 9), np.array([[0, 1, 20]], np.int32)), "index 20 with 20 landmarks"),
        ((SEQUENCE, (9, 9), np.array([[0, 1, 2]])), r"triangles is \(1, 3\) int64"),
    ],
)
def test_refused(arguments: tuple[object, ...], message: str) -> None:
    """What is not taken is named, down to the frame and landmark."""
    with pytest.raises(ArrayError, match=message):
        ff.synthesize_sequence(*arguments)


def test_wrong_out_is_refused() -> None:
    """`out` has one field for each pair, not for each frame."""
    with pytest.raises(ArrayError, match=r"out is \(5, 9, 9, 2\) float32; \(4, 9, 9, 2\)"):
        ff.synthesize_sequence(SEQUENCE, (9, 9), out=np.empty((5, 9, 9, 2), np.float32))
