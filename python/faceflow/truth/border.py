"""Triangles between a face and the border of the image, over which its flow fades to zero."""

from __future__ import annotations

import numpy as np

from faceflow.types import AnyArray, Landmarks, Triangles

ANCHORS = 8
"""How many `flow.render.border_anchors` there are."""

_LOOP = (2, 4, 7, 6, 5, 3, 0, 1)
"""The anchors clockwise as seen on a screen, from the top right: corners, and between them middles
of sides."""

GRID = 2.0**24  # on which `triangulate` takes coordinates


def border_triangles(points: Landmarks, triangles: Triangles, anchors: int) -> Triangles:
    """Fill what lies between a triangulation's outline and the image's with triangles.

    Each edge of the outline goes with the corner of the image that its outward normal points to (to
    the right and down: the bottom right one), and where that corner changes, at the highest, lowest
    and outermost points, the point goes with both corners and the middle of the side between them.
    A corner of a rectangle is the point of it that lies furthest in every direction between its two
    sides; so the triangles fill the rectangle outside a convex outline, each place once, wherever
    the outline lies: those that turn over, where it crosses the border, lie outside of the image.
    As no edge of the outline is crossed, flow is continuous there.

    Parameters
    ----------
    points
        (N, 2) float64, pixels.
    triangles
        (M, 3) int32 over them as `triangulate` gives them: clockwise, with a convex outline.
    anchors
        The index of the first of the eight anchors.

    Returns
    -------
    ring
        (R, 3) int32, R = edges of the outline + 8, in `triangulate`'s order; none where there is no
        triangle.

    Examples
    --------
    >>> points = np.array([[4.0, 2.0], [6.0, 6.0], [2.0, 6.0]])
    >>> border_triangles(points, np.array([[0, 1, 2]], np.int32), 3).shape
    (11, 3)
    """
    if len(triangles) == 0:
        return np.empty((0, 3), np.int32)
    outline = outer_loop(triangles)
    following = np.roll(outline, -1)
    along = np.rint(points[following] * GRID) - np.rint(points[outline] * GRID)
    quadrants = _quadrants(along[:, 1], -along[:, 0])
    loop = anchors + np.array(_LOOP)
    edges = np.column_stack([following, outline, loop[2 * quadrants]])
    return ordered(np.concatenate([edges, *_turns(outline, quadrants, loop)]))


def _quadrants(x: AnyArray, y: AnyArray) -> AnyArray:
    """Which corner a direction points to: 0 top right, 1 bottom right, 2 bottom left, 3 top left;
    one along an axis to the next corner clockwise."""
    right, lower = (x > 0) & (y >= 0), (x <= 0) & (y > 0)
    return np.where(right, 1, np.where(lower, 2, np.where((x < 0) & (y <= 0), 3, 0)))


def _turns(outline: AnyArray, quadrants: AnyArray, loop: AnyArray) -> list[AnyArray]:
    """Two triangles for each corner that the outline's normal comes past, at the point where."""
    turns = []
    for point, before, now in zip(outline, np.roll(quadrants, 1), quadrants, strict=True):
        for step in range(int(now - before) % 4):
            corner = 2 * int(before + step)
            side = loop[[corner % 8, (corner + 1) % 8, (corner + 2) % 8]]
            turns.append(np.array([[point, side[0], side[1]], [point, side[1], side[2]]]))
    return turns


def outer_loop(triangles: Triangles) -> AnyArray:
    """The outline of a triangulation whose triangles run clockwise, clockwise from its lowest
    index: its points in order.

    Examples
    --------
    >>> outer_loop(np.array([[0, 1, 3], [1, 2, 3]], np.int32)).tolist()
    [0, 1, 2, 3]
    """
    edges = set(map(tuple, triangles[:, ((0, 1), (1, 2), (2, 0))].reshape(-1, 2).tolist()))
    following = {a: b for a, b in edges if (b, a) not in edges}
    loop = [min(following)]
    while (point := following[loop[-1]]) != loop[0]:
        loop.append(point)
    return np.array(loop)


def ordered(triangles: AnyArray) -> Triangles:
    """Each triangle from its lowest index, and the list sorted."""
    lowest = triangles.argmin(axis=1)[:, None]
    turned = np.take_along_axis(triangles, (lowest + np.arange(3)) % 3, axis=1)
    rows: Triangles = turned[np.lexsort(turned.T[::-1])].astype(np.int32)
    return rows
