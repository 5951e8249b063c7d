"""Triangles over landmarks."""

from __future__ import annotations

from numpy.typing import ArrayLike

from faceflow.flow.backend import kernels
from faceflow.flow.checks import check_landmarks
from faceflow.types import Triangles


def triangulate(points: ArrayLike) -> Triangles:
    """Triangulate landmarks by Delaunay's rule.

    The result depends on the points alone: every triangle runs clockwise as seen on a screen (its
    area is positive with y down), begins with its lowest index, and the list is sorted. Of
    cocircular points one triangulation is always chosen. Coordinates are taken on a grid of
    2^-24 px; of points that coincide there only the first is used.

    Parameters
    ----------
    points
        (N, 2) float64 landmarks, pixels, N >= 3, within +-1e8 px.

    Returns
    -------
    triangles
        (M, 3) int32 indices into `points`; M is 0 where all points lie on one line.

    Raises
    ------
    ArrayError
        Another shape or dtype, or a value that is not finite or too large.

    Notes
    -----
    Divide and conquer of Guibas and Stolfi, "Primitives for the Manipulation of General
    Subdivisions and the Computation of Voronoi Diagrams" (ACM TOG 1985), with exact predicates
    after Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
    Predicates" (1997).

    Examples
    --------
    >>> import numpy as np
    >>> triangulate(np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 8.0]]))
    array([[0, 1, 3],
           [1, 2, 3]], dtype=int32)
    """
    return kernels().triangulate(check_landmarks("points", points))
