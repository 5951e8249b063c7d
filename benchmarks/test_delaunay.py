"""Delaunay triangulation of 68 landmarks against Qhull."""

from __future__ import annotations

from typing import Any

import numpy as np
from face import Pair
from measure import KERNELS, Call, at_least, at_most, beside
from scipy.spatial import Delaunay

import faceflow as ff
from faceflow.types import AnyArray

WHAT = "Delaunay of 68 landmarks"


def ours(pair: Pair, backend: str) -> Call:
    """The public call on this kernel."""
    return Call(f"faceflow, {KERNELS[backend]}", lambda: ff.triangulate(pair.src), backend)


def test_against_scipy(benchmark: Any, pair: Pair, backend: str) -> None:
    theirs = Delaunay(pair.src).simplices
    assert as_set(theirs) == as_set(ff.triangulate(pair.src))
    beside(
        benchmark,
        WHAT,
        Call("scipy.spatial.Delaunay", lambda: Delaunay(pair.src)),
        ours(pair, backend),
        target=at_least(5) if backend == "cpp" else None,
        rounds=1000,
    )


def test_numba_against_cpp(benchmark: Any, pair: Pair) -> None:
    subject, reference = ours(pair, "numba"), ours(pair, "cpp")
    beside(benchmark, WHAT, subject, reference, target=at_most(1.5), rounds=1000)


def as_set(triangles: AnyArray) -> set[tuple[int, ...]]:
    """Triangles without their order and orientation."""
    return set(map(tuple, np.sort(triangles, axis=1).tolist()))
