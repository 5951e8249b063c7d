"""faceflow.triangulate: Delaunay triangles that depend on nothing but the landmarks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.spatial
from hypothesis import given
from hypothesis import strategies as st
from landmark_sets import KINDS, Points, landmarks
from oracle import doubled_area, on_grid

import faceflow as ff
from faceflow.errors import ArrayError, FaceflowError

pytestmark = pytest.mark.usefixtures("backend")


def in_circle(
    a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], d: tuple[int, int]
) -> int:
    """Positive where d is strictly inside the circle through a, b, c; whole numbers."""
    rows = [(p[0] - d[0], p[1] - d[1]) for p in (a, b, c)]
    (ax, ay), (bx, by), (cx, cy) = rows
    lifts = [x * x + y * y for x, y in rows]
    minors = (bx * cy - cx * by, cx * ay - ax * cy, ax * by - bx * ay)
    return sum(lift * minor for lift, minor in zip(lifts, minors, strict=True))


def check_delaunay(points: Points) -> None:
    places = on_grid(points)
    triangles = ff.triangulate(points)
    assert triangles.dtype == np.int32
    assert triangles.ndim == 2
    listed = [tuple(t) for t in triangles.tolist()]
    assert listed == sorted(set(listed))
    for a, b, c in listed:
        assert a == min(a, b, c)
        assert doubled_area(places[a], places[b], places[c]) > 0
        assert all(in_circle(places[a], places[b], places[c], p) <= 0 for p in places)
    edges = [pair for a, b, c in listed for pair in ((a, b), (b, c), (c, a))]
    assert len(edges) == len(set(edges))
    assert sum(doubled_area(*(places[i] for i in t)) for t in listed) == hull_area(places)
    if listed:
        first = {place: index for index, place in reversed(list(enumerate(places)))}
        assert {i for t in listed for i in t} == set(first.values())


def hull_area(places: list[tuple[int, int]]) -> int:
    """Twice the area of the convex hull, by Andrew's chains."""
    total = 0
    for ordered in (sorted(places), sorted(places, reverse=True)):
        chain: list[tuple[int, int]] = []
        for p in ordered:
            while len(chain) > 1 and doubled_area(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        total += sum(p[0] * q[1] - q[0] * p[1] for p, q in pairwise(chain))
    return total


@given(landmarks())
def test_circles_are_empty(points: Points) -> None:
    """No landmark lies in a triangle's circle; the triangles tile the hull and use every place."""
    check_delaunay(points)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_sets(kind: str) -> None:
    """The same holds for sets that break floating-point predicates."""
    rng = np.random.default_rng(1)
    for _ in range(8):
        check_delaunay(KINDS[kind](rng, int(rng.integers(3, 24))))


@given(landmarks(), st.randoms(use_true_random=False))
def test_order_changes_labels_only(points: Points, shuffler) -> None:
    """Landmarks given in another order have the same triangles in space."""
    places = np.array(on_grid(points), dtype=object)
    order = list(range(len(points)))
    shuffler.shuffle(order)

    def corners(triangles, at):
        return {frozenset(map(tuple, at[t])) for t in triangles}

    found = corners(ff.triangulate(points[order]), places[order])
    assert found == corners(ff.triangulate(points), places)


@pytest.mark.parametrize("count", [4, 68, 500, 5000])
def test_equals_scipy(count: int) -> None:
    """In general position there is one Delaunay triangulation: Qhull's."""
    points = np.random.default_rng(count).random((count, 2)) * 500
    expected = {frozenset(t) for t in scipy.spatial.Delaunay(points).simplices.tolist()}
    triangles = ff.triangulate(points)
    assert {frozenset(t) for t in triangles.tolist()} == expected
    assert len(triangles) == len(expected)


def test_grid_of_cocircular_points() -> None:
    """Every cell of a grid is split in two, though all splits are Delaunay."""
    x, y = np.meshgrid(np.arange(9.0), np.arange(7.0))
    assert len(ff.triangulate(np.column_stack([x.ravel(), y.ravel()]))) == 2 * 8 * 6


@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (3, -7)])
def test_collinear_landmarks(direction: tuple[int, int]) -> None:
    """Landmarks on a line have no triangle, and the array still has three columns."""
    triangles = ff.triangulate(np.arange(20.0)[:, None] * direction)
    assert triangles.shape == (0, 3)


def test_coinciding_landmarks() -> None:
    """Of landmarks at one place the first is used."""
    points = np.array([[0, 0], [0, 0], [9, 0], [0, 9], [9, 0]], float)
    assert ff.triangulate(points).tolist() == [[0, 2, 3]]


def test_views_and_lists() -> None:
    """What numpy turns into (N, 2) float64 is taken, in any memory order."""
    points = np.random.default_rng(0).random((30, 2)) * 9
    expected = ff.triangulate(points)
    np.testing.assert_array_equal(ff.triangulate(points.tolist()), expected)
    np.testing.assert_array_equal(ff.triangulate(np.asfortranarray(points)), expected)
    np.testing.assert_array_equal(ff.triangulate(np.repeat(points, 2, axis=0)[::2]), expected)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((5, 3)), r"points is \(5, 3\) float64, \(N, 2\) float64 is taken"),
        (np.zeros(6), r"points is \(6,\) float64"),
        (np.zeros((2, 5, 2)), r"points is \(2, 5, 2\) float64"),
        (np.zeros((5, 2), np.float32), r"points is \(5, 2\) float32"),
        (np.zeros((5, 2), int), r"points is \(5, 2\) int64"),
        (np.zeros((2, 2)), "points has 2 points, 3 to 2097152 are taken"),
        (np.array([[0, 0], [1, np.nan], [2, 2]]), r"points\[1\] is not finite: \(1.0, nan\)"),
        (np.array([[0, 0], [1, 1], [-np.inf, 2]]), r"points\[2\] is not finite: \(-inf, 2.0\)"),
        (np.array([[2e8, 0], [1, 1], [2, 2]]), r"points\[0\] is too far away: .* within \+-1e8 px"),
    ],
)
def test_refused(points: Points, message: str) -> None:
    """What is not taken is named, with its shape, dtype or first bad landmark."""
    with pytest.raises(ArrayError, match=message) as caught:
        ff.triangulate(points)
    assert isinstance(caught.value, (FaceflowError, ValueError))
