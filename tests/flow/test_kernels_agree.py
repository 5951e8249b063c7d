"""The C++ and the numba kernel give the same bits, whatever the landmarks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landmark_sets import KINDS, Points, face, folded, landmarks, random_pair

from faceflow import _core
from faceflow.flow import _numba
from faceflow.flow.score import Score

KERNELS = (_core, _numba)
SETS_OF_A_KIND = 400


def check(sources: Points, targets: Points, size: tuple[int, int], fill: float = np.nan) -> None:
    """Triangles, flow with and without mask, masks and flips of pairs (B, N, 2), bit by bit."""
    triangles = [kernel.triangulate(sources[0]) for kernel in KERNELS]
    assert triangles[0].dtype == triangles[1].dtype == np.int32
    assert triangles[0].shape == triangles[1].shape
    assert triangles[0].tobytes() == triangles[1].tobytes()
    results = []
    for kernel in KERNELS:
        flow = np.full((len(sources), *size, 2), 99, np.float32)
        bare = flow.copy()
        valid = np.ones((len(sources), *size), bool)
        kernel.synthesize(sources, targets, triangles[0], fill, flow, valid)
        kernel.synthesize(sources, targets, triangles[0], fill, bare, None)
        assert bare.tobytes() == flow.tobytes()
        flipped = kernel.flipped_triangles(sources, targets, triangles[0])
        assert flipped.shape == (len(sources), len(triangles[0]))
        results.append((flow.tobytes(), valid.tobytes(), flipped.tobytes()))
    assert results[0] == results[1]


def check_each(sources: Points, targets: Points, sizes: list[tuple[int, int]]) -> None:
    """Pairs that go to fields of their own sizes, bit by bit, and as single calls give them; with
    weights, too."""
    triangles = _core.triangulate(sources[0])
    results = []
    for kernel in KERNELS:
        flows = [np.full((*size, 2), 99, np.float32) for size in sizes]
        valids = [np.ones(size, bool) for size in sizes]
        outs = [np.full((*size, 3), 99, np.float32) for size in sizes]
        kernel.synthesize_each(sources, targets, triangles, np.nan, flows, valids)
        kernel.synthesize_weighed(sources, targets, triangles, 0.5, outs)
        results.append([array.tobytes() for array in (*flows, *valids, *outs)])
        for i, (flow, valid) in enumerate(zip(flows, valids, strict=True)):
            alone = np.empty((1, *flow.shape), np.float32), np.empty((1, *valid.shape), bool)
            one = slice(i, i + 1)
            kernel.synthesize(sources[one], targets[one], triangles, np.nan, *alone)
            assert alone[0].tobytes() == flow.tobytes()
            assert alone[1].tobytes() == valid.tobytes()
            np.testing.assert_array_equal(outs[i][..., :2], np.where(valid[..., None], flow, 0))
            np.testing.assert_array_equal(outs[i][..., 2], np.where(valid, 1, 0.5))
    assert results[0] == results[1]


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_several_sizes(kind: str) -> None:
    """Random sets of each kind, three pairs to three sizes in one call."""
    rng = np.random.default_rng(70 + sorted(KINDS).index(kind))
    for _ in range(SETS_OF_A_KIND // 8):
        src, dst = random_pair(rng, kind)
        sources = np.stack([src, folded(rng, src), src / 2])
        targets = np.broadcast_to(dst, sources.shape).copy()
        sizes = [(int(rng.integers(1, 40)), int(rng.integers(1, 40))) for _ in sources]
        check_each(sources, targets, sizes)


def test_wrong_number_of_fields() -> None:
    """Both kernels refuse fewer fields than pairs."""
    src = np.array([[[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]]] * 2)
    mesh = np.array([[0, 1, 2]], np.int32)
    for kernel in KERNELS:
        fields = [np.empty((4, 4, 2), np.float32)], [np.empty((4, 4), bool)]
        with pytest.raises(ValueError, match="one for each pair"):
            kernel.synthesize_each(src, src, mesh, 0, *fields)
        with pytest.raises(ValueError, match="one for each pair"):
            kernel.synthesize_weighed(src, src, mesh, 0, [np.empty((4, 4, 3), np.float32)])


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_sets(kind: str) -> None:
    """Random sets of each kind, on images of random size, one in three folded."""
    rng = np.random.default_rng(sorted(KINDS).index(kind))
    for number in range(SETS_OF_A_KIND):
        src, dst = random_pair(rng, kind)
        sources = np.stack([src, folded(rng, src)]) if number % 3 == 0 else src[None]
        targets = np.broadcast_to(dst, sources.shape).copy()
        size = (int(rng.integers(1, 40)), int(rng.integers(1, 40)))
        check(sources, targets, size, float(rng.choice([np.nan, 0, -7.3])))


@given(landmarks(), st.integers(1, 18), st.integers(1, 18), st.integers(0, 2**32))
def test_sets_that_shrink(src: Points, H: int, W: int, seed: int) -> None:
    """The same for sets that hypothesis finds and makes small."""
    dst = folded(np.random.default_rng(seed), src)
    check(src[None], dst[None], (H, W))


@pytest.mark.parametrize("size", [(64, 96), (384, 512), (1, 700), (700, 1)])
def test_faces(size: tuple[int, int]) -> None:
    """68 landmarks on images of real sizes."""
    rng = np.random.default_rng(9)
    frames = face(rng, size) + rng.normal(size=(4, 68, 2))
    check(frames[:-1].copy(), frames[1:].copy(), size)


@pytest.mark.parametrize("count", [500, 5000])
def test_many_landmarks(count: int) -> None:
    """Meshes far denser than a face's, on and off a lattice."""
    rng = np.random.default_rng(count)
    points = rng.random((count, 2)) * 200
    for src in (points, np.round(points), np.round(points * 4) / 4):
        check(src[None], src[None] + rng.normal(size=(1, count, 2)), (128, 160))


@pytest.mark.parametrize("scale", [1e-15, 1e-3, 1, 1e3, 1e8])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 1])
def test_motion(scale: float, share: float) -> None:
    """Numbers of pixels, sums and longest vectors, to the last bit."""
    rng = np.random.default_rng(11)
    for size in [(1, 1), (3, 5), (97, 83), (64, 64)]:
        flow = (rng.normal(size=(*size, 2)) * scale).astype(np.float32)
        valid = rng.random(size) < share
        flow[~valid] = np.nan
        results = [kernel.measure_motion(flow, valid) for kernel in KERNELS]
        assert results[0] == results[1]


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 0.3, 3, 1e3, 1e9])
def test_score(scale: float) -> None:
    """Every sum and every count of errors, and how many vectors are refused."""
    rng = np.random.default_rng(12)
    for size in [(1, 1), (3, 5), (97, 83), (64, 64)]:
        gt, pred = (rng.normal(size=(2, *size, 2)) * scale).astype(np.float32)
        pred[rng.random(size) < 0.2] *= -1e-3
        same = rng.random(size) < 0.1
        pred[same] = gt[same]
        pred[rng.random(size) < 0.01] = np.nan
        gt[rng.random(size) < 0.01] = np.inf
        levels = [rng.integers(0, n, shape).astype(np.uint8) for n, shape in _levels(size)]
        results = []
        for kernel in KERNELS:
            score = Score.none()
            refused = kernel.score(pred, gt, *levels, *score)
            results.append((refused, *(array.tobytes() for array in score)))
        assert results[0] == results[1]


def _levels(size: tuple[int, int]) -> list[tuple[int, tuple[int, ...]]]:
    """Flags, regions and differences: below which number, and their shapes."""
    return [(4, size), (7, size), (256, (*size, 3))]


@pytest.mark.parametrize("scale", [1e-20, 1e-3, 1, 1e3, 1e9])
def test_colour(scale: float) -> None:
    """Pictures differ by one level at most, and the longest vector not at all."""
    rng = np.random.default_rng(10)
    flow = np.clip(rng.normal(size=(97, 83, 2)) * scale, -1e9, 1e9).astype(np.float32)
    flow[rng.random((97, 83)) < 0.1] = np.nan
    flow[0, :4] = [[np.inf, 0], [1e10, 1e10], [0, 0], [-0.0, 0.0]]
    longest = [kernel.max_magnitude(flow) for kernel in KERNELS]
    assert longest[0] == longest[1]
    for max_flow in (longest[0], 2 * scale, 0.1 * scale):
        pictures = []
        for kernel in KERNELS:
            rgb = np.full((97, 83, 3), 7, np.uint8)
            kernel.colour_flow(flow, max_flow, rgb)
            pictures.append(rgb.astype(int))
        assert np.abs(pictures[0] - pictures[1]).max() <= 1
