"""The part of a frame that a network sees."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from faceflow.errors import ArrayError
from faceflow.types import Landmarks, Size


class Box(NamedTuple):
    """Rows [top, bottom) and columns [left, right) of a frame."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> Size:
        """(H, W)."""
        return self.bottom - self.top, self.right - self.left


def crop_box(landmarks: Landmarks, size: Size, margin: int) -> Box:
    """The box around landmarks, with a margin, as far as it lies in the frame.

    Parameters
    ----------
    landmarks
        (N, 2) float64, pixels of the frame.
    size
        (H, W) of the frame.
    margin
        px that are added on each side.

    Raises
    ------
    ArrayError
        No pixel of the frame is in it.

    Examples
    --------
    >>> crop_box(np.array([[20.0, 30.2], [50.9, 70.0]]), (78, 100), 10)
    Box(top=20, left=10, bottom=78, right=62)
    """
    low = np.floor(landmarks.min(axis=0)) - margin
    high = np.ceil(landmarks.max(axis=0)) + margin + 1
    left, top = (int(side) for side in np.maximum(low, 0))
    right, bottom = (int(side) for side in np.minimum(high, size[::-1]))
    if left >= right or top >= bottom:
        raise ArrayError(f"no landmark is within {margin} px of the frame of {size[0]}x{size[1]}")
    return Box(top, left, bottom, right)
