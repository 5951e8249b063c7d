"""The part of a frame round a face: what networks see, and what the paper scores."""

from __future__ import annotations

import math
from typing import NamedTuple

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

    @property
    def part(self) -> tuple[slice, slice]:
        """What an array (H, W, ...) of the frame is indexed with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


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
    >>> import numpy as np
    >>> crop_box(np.array([[20.0, 30.2], [50.9, 70.0]]), (78, 100), 10)
    Box(top=20, left=10, bottom=78, right=62)
    """
    # In Python's numbers, of which there are so few that numpy's calls cost more.
    (west, north), (east, south) = landmarks.min(axis=0).tolist(), landmarks.max(axis=0).tolist()
    left, top = max(math.floor(west) - margin, 0), max(math.floor(north) - margin, 0)
    right = min(math.ceil(east) + margin + 1, size[1])
    bottom = min(math.ceil(south) + margin + 1, size[0])
    if left >= right or top >= bottom:
        raise ArrayError(f"no landmark is within {margin} px of the frame of {size[0]}x{size[1]}")
    return Box(top, left, bottom, right)
