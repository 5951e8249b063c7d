"""How the cost grows with pixels, landmarks and pairs: `report.py` fits and draws it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from face import SIZE, dense_face_pair, face_pair, sequence, spread_landmarks
from measure import KERNELS, use

import faceflow as ff
from faceflow.types import Flow

SIDES = (256, 512, 1024, 2048, 4096)
LANDMARKS = (68, 200, 600, 1700, 5000)
PAIRS = (1, 4, 16, 64)
LINEAR = 1.0
LINEARITHMIC = 1.16  # of N log N from 68 to 5,000 points
TOLERANCE = 0.1

pytestmark = pytest.mark.benchmark(max_time=0.8, min_rounds=7, warmup=True, warmup_iterations=3)


@pytest.fixture(params=["memset", *KERNELS])
def writer(request: pytest.FixtureRequest) -> str:
    """Each kernel, and the memory alone."""
    if request.param != "memset":
        use(request.param)
    return request.param


@pytest.mark.parametrize("side", SIDES)
def test_pixels(benchmark: Any, writer: str, side: int) -> None:
    pair = face_pair((side, side))
    buffer = pair.empty()
    run = memset(buffer) if writer == "memset" else lambda: pair.synthesize(buffer)
    grow(benchmark, "pixels", side**2, series("flow", writer), run)


@pytest.mark.parametrize("pairs", PAIRS)
def test_pairs(benchmark: Any, writer: str, pairs: int) -> None:
    landmarks = sequence(pairs + 1)
    triangles = ff.triangulate(landmarks[0])
    buffer = np.ones((pairs, *SIZE, 2), np.float32)
    run = (
        memset(buffer)
        if writer == "memset"
        else lambda: ff.synthesize_sequence(landmarks, SIZE, triangles, out=buffer)
    )
    grow(benchmark, "pairs", pairs, series("flow", writer), run)


@pytest.mark.parametrize("count", LANDMARKS)
def test_landmarks_of_flow(benchmark: Any, backend: str, count: int) -> None:
    pair = dense_face_pair(count)
    buffer = pair.empty()
    grow(benchmark, "landmarks", count, series("flow", backend), lambda: pair.synthesize(buffer))


@pytest.mark.parametrize("count", LANDMARKS)
def test_landmarks_of_delaunay(benchmark: Any, backend: str, count: int) -> None:
    points = spread_landmarks(count)
    name = series("Delaunay", backend)
    grow(benchmark, "landmarks", count, name, lambda: ff.triangulate(points), LINEARITHMIC)


def series(what: str, writer: str) -> str:
    """The name of a line in the plot."""
    return "memset" if writer == "memset" else f"{what}, {KERNELS[writer]}"


def grow(
    benchmark: Any,
    axis: str,
    count: int,
    name: str,
    run: Callable[[], object],
    exponent: float = LINEAR,
) -> None:
    """Time one point of a line that should rise with this power of what grows."""
    run()
    limit = None if name == "memset" else round(exponent + TOLERANCE, 2)
    benchmark.extra_info.update(axis=axis, count=count, series=name, limit=limit)
    benchmark(run)


def memset(buffer: Flow) -> Callable[[], object]:
    """Clear the same memory."""
    address, size = buffer.ctypes.data, buffer.nbytes
    return lambda: ctypes.memset(address, 0, size)
