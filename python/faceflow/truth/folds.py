"""Motion that folds the picture over itself, reduced where it does until it no longer does."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceflow.truth.mesh import doubled_areas
from faceflow.types import Landmarks, Triangles

LEAST_AREA = 0.05
"""What a triangle keeps of its area, at least; what a closing mouth keeps of the teeth in it."""

_AIM = 1.2 * LEAST_AREA  # past the least, so that neighbours that pull at it do not undo it
_STEPS = 200
_SHARES = tuple(0.8**step for step in range(30))

_Areas: TypeAlias = NDArray[np.float64]


def unfold(
    first: Landmarks, current: Landmarks, triangles: Triangles, fixed: int = 0
) -> tuple[Landmarks, int]:
    """Move landmarks as little as it takes that no triangle turns over, or nearly vanishes.

    Each triangle with less than `LEAST_AREA` of its area in the first frame pushes its corners
    apart, along the shortest way, until none is left. Where they do not agree, the motion of the
    whole frame is made smaller by a fifth, and again; where that does not help either, there is
    none.

    Parameters
    ----------
    first
        (N, 2) float64, in which every triangle has an area over 0.
    current
        (N, 2) float64, where they have moved.
    triangles
        (M, 3) int32, all clockwise as `triangulate` gives them.
    fixed
        How many of the last points stay where they are.

    Returns
    -------
    landmarks
        (N, 2) float64.
    moved
        How many of them are not where `current` has them.

    Notes
    -----
    A projection of constraints, each linear where it stands: Müller et al., "Position Based
    Dynamics" (J. Visual Communication and Image Representation 2007), section 3.3.

    Examples
    --------
    >>> import numpy as np
    >>> first = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    >>> through = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, -1.0]])
    >>> landmarks, moved = unfold(first, through, np.array([[0, 1, 2]], np.int32), fixed=1)
    >>> bool((doubled_areas(landmarks, np.array([[0, 1, 2]])) > 0).all()), moved
    (True, 2)
    """
    whole = doubled_areas(first, triangles)
    tries = (current if share == 1 else first + share * (current - first) for share in _SHARES)
    placed = (_pushed_apart(points, triangles, whole, fixed) for points in tries)
    landmarks = next((points for points in placed if points is not None), first)
    return landmarks, int((landmarks != current).any(axis=1).sum())


def _pushed_apart(
    points: Landmarks, triangles: Triangles, whole: _Areas, fixed: int
) -> Landmarks | None:
    """None where no end of it is in sight."""
    loose = np.ones(len(points))
    loose[len(points) - fixed :] = 0.0
    for _ in range(_STEPS):
        areas = doubled_areas(points, triangles)
        folded = areas < LEAST_AREA * whole
        if not folded.any():
            return points
        points = points + _push(points, triangles[folded], (_AIM * whole - areas)[folded], loose)
    return None


def _push(points: Landmarks, folded: Triangles, missing: _Areas, loose: _Areas) -> Landmarks:
    """How far each point has to go for the missing areas; the mean of what its triangles ask."""
    x, y = points[folded, 0], points[folded, 1]
    # An area grows fastest when a corner moves at a right angle to the side across from it.
    uphill = np.stack([np.roll(y, -1, 1) - np.roll(y, 1, 1), np.roll(x, 1, 1) - np.roll(x, -1, 1)])
    weight = loose[folded]
    steepness = (uphill**2).sum(axis=0)
    length = missing / np.maximum((weight * steepness).sum(axis=1), 1e-12)
    steps = uphill * (weight * length[:, None])
    count = np.bincount(folded.ravel(), minlength=len(points))
    total = [np.bincount(folded.ravel(), axis.ravel(), len(points)) for axis in steps]
    moves: Landmarks = np.stack(total, axis=1) / np.maximum(count, 1)[:, None]
    return moves
