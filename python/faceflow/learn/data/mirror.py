"""Landmarks of a mirrored face: the left eye of the picture becomes the right one."""

from __future__ import annotations

import numpy as np

from faceflow.truth.forehead import POINTS
from faceflow.truth.meanface import POINTS as FACE
from faceflow.truth.placement import Placement
from faceflow.types import AnyArray


def _face() -> list[int]:
    jaw, brows = range(16, -1, -1), range(26, 16, -1)
    bridge, nostrils = range(27, 31), range(35, 30, -1)
    eyes = [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    lips = [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55]
    inner = [64, 63, 62, 61, 60, 67, 66, 65]
    return [*jaw, *brows, *bridge, *nostrils, *eyes, *lips, *inner]


_FACE = _face()
_FOREHEAD = range(POINTS - 1, -1, -1)
_BORDER = [2, 1, 0, 4, 3, 7, 6, 5]
"""As `flow.render.border_anchors` orders them: by rows, the middle left out."""


def mirrored_order(points: int, placement: Placement) -> AnyArray | None:
    """Which of some landmarks as used stands in whose place once the picture is mirrored.

    Parameters
    ----------
    points
        How many there are, placed ones included.
    placement
        Which of them are placed.

    Returns
    -------
    order
        (N,) indices, its own inverse; None where the face's own are not iBUG's 68, whose meaning
        alone is known.

    Examples
    --------
    >>> mirrored_order(68, Placement())[[0, 36, 48]].tolist()
    [16, 45, 54]
    """
    if points - placement.count != FACE:
        return None
    order = list(_FACE)
    for there, group in ((placement.forehead, _FOREHEAD), (placement.border, _BORDER)):
        if there:
            order += [len(order) + index for index in group]
    return np.array(order)
