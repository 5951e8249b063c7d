"""Landmarks that move further than a face can: the detector has lost it, or found it again."""

from __future__ import annotations

import math

import numpy as np

from faceflow.truth.transfer import fit_similarity, move_by
from faceflow.types import Landmarks

MOST_MOTION = 0.25
MOST_BENDING = 0.16
_FEW = 20


def is_jump(src: Landmarks, dst: Landmarks, frames: int = 1) -> bool:
    """Whether landmarks move further between two frames than a face does.

    Sizes are in units of the face: the root mean square distance of the first frame's landmarks
    from their mean (about 0.8 of the distance of the outer eye corners). Between neighbouring
    frames landmarks jump where

    - half of them move by more than 0.25 of it, or
    - more than one in twenty move by more than 0.16 of it beside the similarity (turn, scale, move)
      that brings the others nearest.

    Between frames that are k apart the limits are sqrt(k) as large. Of 254 pairs of neighbours in
    real sequences, shouts and turning heads among them, four jump: there a mouth was fitted wide
    open, 0.20 to 0.24 away, and the flow leaves 5 to 6 grey levels where no flow leaves 1 to 2. In
    the others the largest were 0.09 and 0.12.

    Parameters
    ----------
    src, dst
        (N, 2) float64, pixels: the face's own, without points that were placed around it.
    frames
        How many frames the second is from the first, at least 1.

    Examples
    --------
    >>> face = np.array([[0.0, 0.0], [90.0, 0.0], [40.0, 50.0], [45.0, 100.0]])
    >>> is_jump(face, face + 5), is_jump(face, face + 20), is_jump(face, face + 20, frames=9)
    (False, True, False)
    """
    size = math.sqrt(float(((src - src.mean(axis=0)) ** 2).sum()) / len(src))
    limit = size * math.sqrt(frames)
    moved = np.hypot(*(dst - src).T)
    if float(np.median(moved)) > MOST_MOTION * limit:
        return True
    bending = np.sort(np.hypot(*(dst - move_by(src, *fit_similarity(src, dst))).T))
    return float(bending[-1 - len(src) // _FEW]) > MOST_BENDING * limit
