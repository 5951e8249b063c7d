"""The image pyramid of dlib's detector, and patches of its levels.

Each level has 5/6 of the sides of the one before. Their pixels lie where dlib has them, so that the
detector's windows fall on the same parts of the face; their colours differ by a few grey levels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from faceflow.images import resize_image
from faceflow.opencv import cv2
from faceflow.types import Image, Size

RATIO = 6 / 5
_LEAST_SIDE = 64


class Patch(NamedTuple):
    """A part of a level, in its pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


def level_sizes(size: Size) -> list[Size]:
    """(H, W) of each level of an image's pyramid, the image itself first.

    Examples
    --------
    >>> level_sizes((100, 200))
    [(100, 200), (83, 166), (69, 138)]
    """
    sizes = [size]
    while min(smaller := (5 * sizes[-1][0] // 6, 5 * sizes[-1][1] // 6)) >= _LEAST_SIDE:
        sizes.append(smaller)
    return sizes


def level_step(size: Size, level: int) -> tuple[float, float]:
    """How many of the image's pixels (x, y) a pixel of a level is; pixel 0 stays where it is."""
    if level == 0:
        return 1.0, 1.0
    H, W = level_sizes(size)[level]
    return (size[1] - 1) / (W - 1), (size[0] - 1) / (H - 1)


def level_patch(image: Image, level: int, patch: Patch) -> Image:
    """A patch of a level, made from the part of the image that it shows.

    The image is averaged over squares of 2, 4, ... pixels to about the level's resolution, and
    sampled bilinearly at its pixels; dlib samples bilinearly from level to level.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    level
        A number of `level_sizes`.
    patch
        Within the level.

    Examples
    --------
    >>> level_patch(np.zeros((100, 200, 3), np.uint8), 2, Patch(8, 0, 88, 69)).shape
    (69, 80, 3)
    """
    left, top, right, bottom = patch
    if level == 0:
        return np.ascontiguousarray(image[top:bottom, left:right])
    step_x, step_y = level_step((image.shape[0], image.shape[1]), level)
    square = 2 ** round(math.log2(max(step_x, step_y)))
    from_x, columns = _averaged(left * step_x, right * step_x, square, image.shape[1])
    from_y, rows = _averaged(top * step_y, bottom * step_y, square, image.shape[0])
    region = image[from_y : from_y + rows * square, from_x : from_x + columns * square]
    averaged = resize_image(region, (rows, columns))
    affine = np.array(
        [
            [step_x / square, 0, (left * step_x - from_x + 0.5) / square - 0.5],
            [0, step_y / square, (top * step_y - from_y + 0.5) / square - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = right - left, bottom - top
    sampled = cv2.warpAffine(averaged, affine, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return sampled.astype(np.uint8, copy=False)


def _averaged(begin: float, end: float, square: int, length: int) -> tuple[int, int]:
    """Where the squares of a part of an axis begin, and how many there are; none is cut."""
    first = max(0, math.floor(begin / square) - 2)
    last = min(length // square, math.ceil(end / square) + 2)
    return first * square, last - first
