"""Lips and lids that are shut in a photograph, opened by a hair so that they can open."""

from __future__ import annotations

import numpy as np

from faceflow.types import Landmarks

FACE_POINTS = 68
"""Of the iBUG order, the only one in which points have names."""

# The ends of each slit, and its upper and lower points.
_SLITS = (
    (60, 64, (61, 62, 63), (67, 66, 65)),
    (36, 39, (37, 38), (41, 40)),
    (42, 45, (43, 44), (47, 46)),
)
_LEAST_GAP = 0.02  # of a slit's length


def open_slits(face: Landmarks) -> Landmarks:
    """Move inner lips and lids apart where they touch or cross.

    Triangles over lips that cross would have to turn over for the mouth to open, and a motion that
    may not fold would keep it shut.

    Parameters
    ----------
    face
        (N, 2) float64, pixels. Other than 68 points are returned as they are.

    Returns
    -------
    face
        (N, 2) float64; the lower points are below the upper ones by a fiftieth of the slit's
        length, at least.

    Examples
    --------
    >>> import numpy as np
    >>> face = np.zeros((68, 2))
    >>> face[60], face[64] = (0, 0), (50, 0)
    >>> open_slits(face)[[62, 66], 1].tolist()
    [-0.5, 0.5]
    """
    if len(face) != FACE_POINTS:
        return face
    opened = face.copy()
    for left, right, upper, lower in _SLITS:
        along = face[right] - face[left]
        length = float(np.hypot(*along))
        down = np.array([-along[1], along[0]]) / max(length, 1e-9)
        between = face[list(lower)] - face[list(upper)]
        gap = between[:, 0] * down[0] + between[:, 1] * down[1]
        push = np.maximum(_LEAST_GAP * length - gap, 0.0)[:, None] / 2 * down
        opened[list(upper)] -= push
        opened[list(lower)] += push
    return opened
