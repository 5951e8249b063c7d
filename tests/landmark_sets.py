"""Sets of landmarks: random, degenerate and hostile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Points = NDArray[np.float64]


def _line(rng: np.random.Generator, n: int) -> Points:
    along = np.arange(n) * 1.1
    return np.column_stack([along, along + rng.choice([0, 1e-9, 1e-7, 1e-3], n)])


def _spokes(rng: np.random.Generator, n: int) -> Points:
    angle = np.arange(n - 1) * 2 * np.pi / (n - 1)
    rim = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.choice([1.0, 9.0, 1e6])
    return np.vstack([rim, np.zeros((1, 2))]) + 10


def _thin(rng: np.random.Generator, n: int) -> Points:
    return rng.random((n, 2)) * 20 * rng.permutation([1.0, 10.0 ** -rng.integers(1, 8)]) + 3


def _sliver(rng: np.random.Generator, n: int) -> Points:
    """Nearly on a line through pixel centres, far longer than the image."""
    along = rng.normal(size=(n, 1)) * 10.0 ** rng.integers(1, 7)
    direction = np.array([[1, 0], [0, 1], [1, 1], [1, -1]])[rng.integers(0, 4)]
    offset = rng.integers(-1, 2, (n, 1)) * 10.0 ** -rng.integers(3, 8)
    return 8 + along * direction + offset * direction[::-1]


def _grazing(rng: np.random.Generator, n: int) -> Points:
    """Edges that pass a few grid steps beside pixel centres."""
    centre = rng.integers(2, 14, (n, 2)) + rng.integers(-20, 21, (n, 2)) * 2.0**-24
    direction = rng.integers(-40, 41, (n, 2)) / 8.0
    return np.vstack([centre - direction, centre + direction])[rng.permutation(2 * n)[:n]]


def _repeated(rng: np.random.Generator, n: int) -> Points:
    return (rng.random((max(3, n // 3), 2)) * 20)[rng.integers(0, max(3, n // 3), n)]


KINDS: dict[str, Callable[[np.random.Generator, int], Points]] = {
    "uniform": lambda rng, n: rng.random((n, 2)) * 24 - 2,
    "whole": lambda rng, n: rng.integers(-2, 22, (n, 2)).astype(float),
    "halves": lambda rng, n: rng.integers(0, 40, (n, 2)) / 2.0,
    "one decimal": lambda rng, n: np.round(rng.random((n, 2)) * 20, 1),
    "coarse lattice": lambda rng, n: np.round(rng.random((n, 2)) * 4) * 5,
    "nearly collinear": _line,
    "spokes": _spokes,
    "thin": _thin,
    "sliver": _sliver,
    "grazing": _grazing,
    "repeated": _repeated,
    "far": lambda rng, n: rng.normal(size=(n, 2)) * 1e3 + 10,
    "very far": lambda rng, n: rng.normal(size=(n, 2)) * 1e6,
    "farthest": lambda rng, n: rng.uniform(-1e8, 1e8, (n, 2)),
    "tiny": lambda rng, n: 5 + rng.random((n, 2)) * 10.0 ** -rng.integers(1, 8),
}


def random_pair(rng: np.random.Generator, kind: str, most: int = 14) -> tuple[Points, Points]:
    """Landmarks of a kind, and where they moved: a little, or by more than the image."""
    src = KINDS[kind](rng, int(rng.integers(3, most)))
    dst = src + rng.normal(size=src.shape) * rng.choice([0, 0.1, 3, 50, 1000])
    return src, np.clip(dst, -1e8, 1e8)


def folded(rng: np.random.Generator, points: Points) -> Points:
    """The landmarks moved so that triangles over the old ones overlap."""
    return np.clip(points + rng.normal(size=points.shape) * 3, -1e8, 1e8)


def face(rng: np.random.Generator, size: tuple[int, int]) -> Points:
    """68 landmarks within an image."""
    return rng.random((68, 2)) * (size[1] - 1, size[0] - 1)


_coordinates = (
    st.integers(-3, 25).map(float)
    | st.floats(-3, 25, allow_subnormal=False)
    | st.floats(-1e8, 1e8, allow_subnormal=False)
)


@st.composite
def landmarks(draw: st.DrawFn, most: int = 12) -> Points:
    """(N, 2) float64 that hypothesis can shrink."""
    pairs = st.tuples(_coordinates, _coordinates)
    return np.array(draw(st.lists(pairs, min_size=3, max_size=most)), np.float64)
