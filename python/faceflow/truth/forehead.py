"""Points on the hairline, which no landmark scheme has, placed from the face's geometry."""

from __future__ import annotations

from functools import cache

import numpy as np

from faceflow.truth.border import outer_loop
from faceflow.truth.caps import cap_triangles
from faceflow.truth.meanface import RIGID, hairline, mean_face
from faceflow.types import AnyArray, Landmarks, Triangles

POINTS = 7
"""How many are placed."""


def forehead_points(landmarks: Landmarks) -> Landmarks:
    """Seven points from temple to temple along the hairline.

    The affine map that takes the mean face's nose and corners of the eyes to the frame's by least
    squares takes the mean face's hairline there. So the points follow the head and neither the jaw
    nor the brows; flow between brows and hairline goes from the ones' to the other's. It is one
    fixed linear map of the landmarks whose weights add up to 1: where those go through an affine
    map, so do these.

    Parameters
    ----------
    landmarks
        (68, 2) float64, iBUG's order, pixels.

    Returns
    -------
    points
        (7, 2) float64, pixels, from the left of the picture where the face is upright.

    Examples
    --------
    >>> from faceflow.truth.meanface import mean_face
    >>> forehead_points(mean_face() * 2 + 300)[3].round(6)
    array([300., 170.])
    """
    points = np.zeros((POINTS, 2))
    # One after the other, as a product of matrices is summed otherwise on another machine.
    for column, index in enumerate(RIGID):
        points += _weights()[:, column, None] * landmarks[index]
    return points


def forehead_triangles(points: Landmarks, triangles: Triangles, first: int) -> Triangles:
    """Triangles between a triangulated face and the points of its forehead.

    Parameters
    ----------
    points
        (N, 2) float64, pixels.
    triangles
        (M, 3) int32 over the face's, as `triangulate` gives them.
    first
        The index of the first point of the forehead.

    Returns
    -------
    more
        (R, 3) int32; with the others they fill the convex hull of all. A point that lies within the
        hull of what is before it has none.
    """
    if len(triangles) == 0:
        return np.empty((0, 3), np.int32)
    return cap_triangles(points, outer_loop(triangles).tolist(), range(first, first + POINTS))


@cache
def _weights() -> AnyArray:
    """(7, 13): of each point, what it takes of each of `RIGID`."""
    rigid = mean_face()[list(RIGID)]
    middle = rigid.mean(axis=0)
    x, y = (rigid - middle).T
    xx, xy, yy = (x * x).sum(), (x * y).sum(), (y * y).sum()
    # The rows of the inverse of the normal equations, times the points.
    across, down = (yy * x - xy * y), (xx * y - xy * x)
    offset = (hairline() - middle)[:, :, None]
    slopes = (offset[:, 0] * across + offset[:, 1] * down) / (xx * yy - xy * xy)
    weights: AnyArray = 1 / len(RIGID) + slopes
    return weights
