"""Where flow that is recomputed from rounded landmarks may differ, and by how much.

Landmark files have 3 decimals: each coordinate is off by up to 0.0005 px. Within a triangle flow is
linear, with a gradient; to move a corner by e changes it by that gradient times e, and to change a
corner's displacement by f changes it by at most f. What is discontinuous is only where triangles
end: there a pixel's centre may fall to the other side.
"""

from __future__ import annotations

import numpy as np

from faceflow.flow.synthesis import synthesize
from faceflow.opencv import cv2
from faceflow.truth.mesh import doubled_areas
from faceflow.types import AnyArray, Flow, Landmarks, Mask, Size, Triangles

ROUNDING = 0.0005
"""What 3 decimals take from or add to a coordinate, px."""

_REACH = 0.002
_NEXT = ((0, 1), (1, 2), (2, 0))


def is_rounded(landmarks: Landmarks) -> bool:
    """Whether landmarks have at most 3 decimals, so that they may have been read from a file."""
    listed = [float(f"{value:.3f}") for value in landmarks.ravel().tolist()]
    return listed == landmarks.ravel().tolist()


def tolerance(src: Landmarks, dst: Landmarks, size: Size, triangles: Triangles) -> Flow:
    """(H, W, 2): how far each component may be off, px; 0 outside the triangles.

    Twice the bound of the module's first lines, as the pixel may have gone over to a neighbour; of
    each landmark the largest of its triangles', linearly between them.
    """
    corners, moved = src[triangles], (dst - src)[triangles]
    sides, steps = corners[:, 1:] - corners[:, :1], moved[:, 1:] - moved[:, :1]
    area = doubled_areas(src, triangles)
    inverse = np.stack([sides[:, 1, ::-1] * [1, -1], sides[:, 0, ::-1] * [-1, 1]], axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        gradient = np.abs(inverse / area[:, None, None] @ steps).sum(axis=1)
    gradient = np.where(np.isfinite(gradient), gradient, 0)
    bound = np.zeros_like(src)
    for corner in range(3):
        np.maximum.at(bound, triangles[:, corner], 2 * ROUNDING * (1 + gradient))
    bound = np.minimum(2 * bound, 1e6)
    allowed: Flow = synthesize(src, src + bound, size, triangles, fill=0)
    return allowed


def undecided_pixels(src: Landmarks, size: Size, triangles: Triangles) -> Mask:
    """(H, W): where rounding decides which triangle a pixel is in, and the flow jumps.

    Those whose centre is on an edge of the whole; where triangles overlap, on any edge.
    """
    edges = np.sort(triangles[:, _NEXT].reshape(-1, 2), axis=1)
    edges, counts = np.unique(edges, axis=0, return_counts=True)
    area, slack = doubled_areas(src, triangles), _area_slack(src, triangles)
    if (area > slack).all() or (area < -slack).all():
        edges = edges[counts == 1]
    near = np.zeros(size, np.bool_)
    for first, second in src[edges]:
        x, y = _near_edge(first, second)
        inside = (x >= 0) & (x < size[1]) & (y >= 0) & (y < size[0])
        near[y[inside], x[inside]] = True
    return near


def _near_edge(first: AnyArray, second: AnyArray) -> tuple[AnyArray, AnyArray]:
    """The pixels whose centres are on an edge, x and y."""
    across = int(abs(second[1] - first[1]) > abs(second[0] - first[0]))
    low, high = sorted((first[across], second[across]))
    # Landmarks may lie anywhere, an image has at most 2**20 columns and rows.
    low, high = max(low - _REACH, -1.0), min(high + _REACH, 2.0**20)
    along = np.arange(np.ceil(low), np.floor(high) + 1)
    length = second[across] - first[across]
    slope = (second[1 - across] - first[1 - across]) / length if length else 0.0
    beside = first[1 - across] + (along - first[across]) * slope
    near = np.abs(beside - np.rint(beside)) <= _REACH
    a, b = along[near].astype(np.int64), np.clip(np.rint(beside[near]), -1, 2**20).astype(np.int64)
    return (b, a) if across else (a, b)


def unstable_triangles(src: Landmarks, triangles: Triangles) -> Mask:
    """(M,): triangles of a Delaunay triangulation that rounding may exchange for others.

    Those on both sides of an edge whose four corners are on one circle, as far as is known.
    """
    unstable = np.zeros(len(triangles), np.bool_)
    quads, owners = _quads(triangles)
    if len(quads) == 0:
        return unstable
    points = src[quads]
    slack = np.zeros(len(quads))
    for corner in range(4):
        for axis in range(2):
            moved = points.copy()
            moved[:, corner, axis] += ROUNDING
            slack += np.abs(_in_circle(moved) - _in_circle(points))
    close = np.abs(_in_circle(points)) <= 2 * slack
    unstable[owners[close].ravel()] = True
    return unstable


def _quads(triangles: Triangles) -> tuple[AnyArray, AnyArray]:
    """(E, 4) the ends of each edge within, and what is opposite; (E, 2) its triangles."""
    edges = np.sort(triangles[:, _NEXT].reshape(-1, 2), axis=1)
    opposite = triangles[:, (2, 0, 1)].reshape(-1)
    order = np.lexsort(edges.T)
    edges, opposite, owner = edges[order], opposite[order], order // 3
    (places,) = np.nonzero((edges[1:] == edges[:-1]).all(axis=1))
    quads = np.column_stack([edges[places], opposite[places], opposite[places + 1]])
    return quads, np.column_stack([owner[places], owner[places + 1]])


def _in_circle(points: AnyArray) -> AnyArray:
    """0 where the fourth point is on the circle of the first three."""
    sides = points[:, :3] - points[:, 3:]
    lifted = np.concatenate([sides, (sides**2).sum(axis=2, keepdims=True)], axis=2)
    determinant: AnyArray = np.linalg.det(lifted)
    return determinant


def unsure_visibility(hidden: Mask, src: Landmarks, dst: Landmarks, triangles: Triangles) -> Mask:
    """(H, W): pixels that may be hidden or not, as landmarks are rounded.

    Those beside the edge of a hidden area, which rounding moves by a fraction of a pixel, and those
    of triangles with so little area that they may lie either way round.
    """
    values, box = hidden.astype(np.uint8), np.ones((5, 5), np.uint8)
    unsure: Mask = cv2.dilate(values, box) != cv2.erode(values, box)
    thin = np.zeros(len(triangles), np.bool_)
    for points in (src, dst):
        thin |= np.abs(doubled_areas(points, triangles)) <= _area_slack(points, triangles)
    if thin.any():
        unsure |= synthesize(src, dst, hidden.shape, triangles[thin], return_valid=True)[1]
    return unsure


def flipped_range(src: Landmarks, dst: Landmarks, triangles: Triangles) -> tuple[int, int]:
    """How many triangles turn over at least and at most."""
    flipped, decided = np.ones(len(triangles)), np.ones(len(triangles), np.bool_)
    for points in (src, dst):
        area = doubled_areas(points, triangles)
        flipped *= np.sign(area)
        decided &= np.abs(area) > _area_slack(points, triangles)
    least = int(((flipped < 0) & decided).sum())
    return least, least + int((~decided).sum())


def _area_slack(points: Landmarks, triangles: Triangles) -> AnyArray:
    """What rounding may take from or add to a doubled area."""
    corners = points[triangles]
    slack: AnyArray = np.abs(corners - np.roll(corners, 1, axis=1)).sum(axis=(1, 2)) * ROUNDING
    return slack + 4 * ROUNDING**2
