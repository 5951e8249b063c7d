"""Triangles between a convex outline and points outside of it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from faceflow.truth.border import GRID, ordered
from faceflow.types import Landmarks, Triangles

_Edges = dict[tuple[int, int], int]
"""Of each directed edge of a triangle the third corner, clockwise."""


def cap_triangles(points: Landmarks, outline: list[int], placed: Iterable[int]) -> Triangles:
    """Fill the hull of an outline and of points outside of it with triangles, as near to Delaunay's
    as the outline's edges, which all stay, allow.

    A point goes with each edge that it sees; then the diagonals of four points are exchanged where
    Delaunay's rule says so (Lawson, "Software for C1 Surface Interpolation", 1977). In whole
    numbers, so that it is exact.

    Parameters
    ----------
    points
        (N, 2) float64, pixels.
    outline
        Indices of points around a convex area, clockwise as seen on a screen.
    placed
        Indices of the others; one inside what is filled before it is left out.

    Returns
    -------
    triangles
        (R, 3) int32, in `triangulate`'s order.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [2.0, -3.0]])
    >>> cap_triangles(square, [0, 1, 2, 3], [4])
    array([[0, 4, 1]], dtype=int32)
    """
    whole = [(int(x), int(y)) for x, y in np.rint(points * GRID).tolist()]
    edges: _Edges = {}
    for point in placed:
        outline = _cap(whole, outline, point, edges)
    _exchange(whole, edges)
    rows = {min((a, b, c), (b, c, a), (c, a, b)) for (a, b), c in edges.items()}
    return ordered(np.array(sorted(rows), np.int32).reshape(-1, 3))


def _cap(whole: list[tuple[int, int]], outline: list[int], point: int, edges: _Edges) -> list[int]:
    """Put triangles between a point and the edges that it sees; the outline that then is."""
    following = outline[1:] + outline[:1]
    seen = [_turn(whole, a, b, point) < 0 for a, b in zip(outline, following, strict=True)]
    if not any(seen):
        return outline
    for (a, b), visible in zip(zip(outline, following, strict=True), seen, strict=True):
        if visible:
            _put(edges, b, a, point)
    # From the end of what it sees, round to its beginning.
    start = next(i for i, visible in enumerate(seen) if visible and not seen[i - 1])
    hidden = seen[start:] + seen[:start]
    turned = outline[start:] + outline[:start]
    return [point, *turned[hidden.index(False) :], turned[0]]


def _exchange(whole: list[tuple[int, int]], edges: _Edges) -> None:
    waiting = sorted(edges)
    while waiting:
        a, b = waiting.pop()
        if (a, b) not in edges or (b, a) not in edges:
            continue
        c, d = edges[a, b], edges[b, a]
        if _in_circle(whole, a, b, c, d):
            del edges[a, b], edges[b, a]
            _put(edges, a, d, c)
            _put(edges, d, b, c)
            waiting += [(a, d), (d, b), (b, c), (c, a)]


def _put(edges: _Edges, a: int, b: int, c: int) -> None:
    edges[a, b], edges[b, c], edges[c, a] = c, a, b


def _turn(whole: list[tuple[int, int]], a: int, b: int, c: int) -> int:
    """More than 0 where three points run clockwise."""
    (ax, ay), (bx, by), (cx, cy) = whole[a], whole[b], whole[c]
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


def _in_circle(whole: list[tuple[int, int]], a: int, b: int, c: int, d: int) -> bool:
    """Whether `d` lies inside of the circle of three points that run clockwise."""
    dx, dy = whole[d]
    (ax, ay), (bx, by), (cx, cy) = ((whole[i][0] - dx, whole[i][1] - dy) for i in (a, b, c))
    determinant = (
        (ax * ax + ay * ay) * (bx * cy - by * cx)
        + (bx * bx + by * by) * (cx * ay - cy * ax)
        + (cx * cx + cy * cy) * (ax * by - ay * bx)
    )
    return determinant > 0
