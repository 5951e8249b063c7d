"""Whether triangles cover each place once."""

from __future__ import annotations

import numpy as np

from faceflow.types import AnyArray, Landmarks, Mask, Triangles

_EDGES = ((0, 1), (1, 2), (2, 0))
_MOST_EDGES = 1024
"""Of an outline that is looked at: each is compared with each."""


def folded_triangles(src: Landmarks, dst: Landmarks, triangles: Triangles) -> Mask:
    """Find the triangles that lie the wrong way round in a frame, or have no area in the second.

    The right way round is that of most of the first frame's area.

    Parameters
    ----------
    src, dst
        (N, 2) float64 landmarks.
    triangles
        (M, 3) int32.

    Returns
    -------
    folded
        (M,) bool.

    Examples
    --------
    >>> src = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
    >>> dst = src + [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [10.0, -8.0]]
    >>> folded_triangles(src, dst, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    array([False,  True])
    """
    before, after = doubled_areas(src, triangles), doubled_areas(dst, triangles)
    sign = -1.0 if before.sum() < 0 else 1.0
    folded: Mask = (sign * before < 0) | (sign * after <= 0)
    return folded


def is_sound(points: Landmarks, triangles: Triangles) -> bool:
    """Whether triangles certainly overlap nowhere.

    They do not where all have one orientation and their outline does not cross or touch itself.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
    >>> is_sound(square, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    True
    """
    areas = doubled_areas(points, triangles)
    if areas.min(initial=0) < 0 < areas.max(initial=0):
        return False
    outline = _outline(triangles)
    return len(outline) <= _MOST_EDGES and not _crosses(points, outline)


def overlapping_triangles(points: Landmarks, triangles: Triangles) -> Mask:
    """Find the triangles that have a part in common with another one.

    Two triangles have none where a side of one of them has it on one hand and the other triangle on
    the other.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [4.0, 3.0]])
    >>> overlapping_triangles(points, np.array([[0, 1, 2], [0, 2, 3], [0, 1, 4]], np.int32))
    array([ True, False,  True])
    """
    areas, corners = doubled_areas(points, triangles), points[triangles]
    # All the same way round, so that the inside is where a side's left hand is.
    corners[areas < 0] = corners[areas < 0][:, ::-1]
    low, high = corners.min(axis=1), corners.max(axis=1)
    found = np.zeros(len(triangles), np.bool_)
    for number in np.flatnonzero(areas):
        after = slice(number + 1, None)
        boxes = (low[after] < high[number]) & (low[number] < high[after])
        near = number + 1 + np.flatnonzero(boxes.all(axis=1) & (areas[after] != 0))
        one, others = corners[number][None], corners[near]
        shared = near[~_separated(one, others) & ~_separated(others, one)]
        found[shared] = True
        found[number] |= len(shared) > 0
    return found


def _separated(one: AnyArray, other: AnyArray) -> Mask:
    """(K,): whether a side of the one has all corners of the other beyond it, or on it."""
    starts, ends = one[:, :, None], np.roll(one, -1, axis=1)[:, :, None]
    beyond: AnyArray = np.all(_side(starts, ends, other[:, None]) <= 0, axis=2)
    separated: Mask = np.any(beyond, axis=1)
    return separated


def doubled_areas(points: Landmarks, triangles: Triangles) -> AnyArray:
    """(M,): twice the area of each triangle, px^2; negative where it runs the other way round."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    areas: AnyArray = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    return areas


def _outline(triangles: Triangles) -> AnyArray:
    """(E, 2): the edges that one triangle alone has."""
    edges = np.sort(triangles[:, _EDGES].reshape(-1, 2), axis=1)
    found, counts = np.unique(edges, axis=0, return_counts=True)
    outline: AnyArray = found[counts == 1]
    return outline


def _crosses(points: Landmarks, edges: AnyArray) -> bool:
    """Whether two edges that share no corner have a point in common."""
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    sides = [_side(a[:, None], b[:, None], other[None]) for other in (a, b)]
    apart = (sides[0] * sides[1] > 0) | ((sides[0] == 0) & (sides[1] == 0))
    meets = ~apart & ~apart.T
    # Edges on one line: they meet where their boxes do.
    on_line = (sides[0] == 0) & (sides[1] == 0)
    low, high = np.minimum(a, b), np.maximum(a, b)
    boxes = ((low[:, None] <= high[None]) & (low[None] <= high[:, None])).all(axis=2)
    meets |= on_line & boxes
    shared = (edges[:, None, :, None] == edges[None, :, None, :]).any(axis=(2, 3))
    return bool((meets & ~shared).any())


def _side(a: AnyArray, b: AnyArray, point: AnyArray) -> AnyArray:
    side: AnyArray = (b - a)[..., 0] * (point - a)[..., 1] - (b - a)[..., 1] * (point - a)[..., 0]
    return side
