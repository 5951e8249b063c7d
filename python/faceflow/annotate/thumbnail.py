"""A face and its landmarks at the size of a thumbnail."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from faceflow.images import resize_image
from faceflow.types import Image, Landmarks

_MARGIN = 0.4  # of the face's size, on each side
_LEAST_REACH = 16  # pixels from the middle of the face, so that a single point is in a picture too

Colour: TypeAlias = tuple[int, int, int]
"""Blue, green, red."""

_DOT: tuple[tuple[float, Colour], ...] = ((2.1, (50, 60, 20)), (1.4, (130, 255, 90)))
"""Radius and colour of its rim and of itself: bright, and seen on bright skin too."""


def draw_thumbnail(image: Image, landmarks: Landmarks | None, side: int) -> Image:
    """The face with its points, as large as fits into a square; without landmarks the whole image.

    The face has a margin as far as the image has room. The points are drawn after scaling.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    landmarks
        (N, 2) in pixels of the image; those outside of the thumbnail are not drawn.
    side
        Of the square, in pixels.

    Returns
    -------
    thumbnail
        (h, w, 3) uint8, the longer of h and w being `side`, in the image's own proportions.

    Examples
    --------
    >>> import numpy as np
    >>> draw_thumbnail(np.zeros((480, 640, 3), np.uint8), None, 200).shape
    (150, 200, 3)
    """
    left, top, right, bottom = _face_box(image, landmarks)
    part = image[top:bottom, left:right]
    height, width = part.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    thumbnail = np.array(resize_image(part, size))
    if landmarks is not None:
        stretch = size[1] / width, size[0] / height
        _draw_points(thumbnail, (landmarks - (left, top) + 0.5) * stretch - 0.5)
    return thumbnail


def _face_box(image: Image, landmarks: Landmarks | None) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a square around the face, moved or cut to lie in the image."""
    height, width = image.shape[:2]
    if landmarks is None:
        return 0, 0, width, height
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    reach = max((0.5 + _MARGIN) * float((high - low).max()), _LEAST_REACH)
    middle, most = (low + high) / 2 + 0.5, np.array([width, height])
    if ((middle + reach <= 0) | (middle - reach >= most)).any():  # no face is so far outside
        return 0, 0, width, height
    sides = np.minimum(2 * reach, most)
    start = np.clip(middle - reach, 0, most - sides)
    left, top = np.floor(start).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(start + sides), most).astype(int).tolist()
    return left, top, right, bottom


def _draw_points(thumbnail: Image, points: Landmarks) -> None:
    height, width = thumbnail.shape[:2]
    inside = points[((points > -1) & (points < (width, height))).all(axis=1)]
    for radius, colour in _DOT:
        for x, y in inside.tolist():
            _draw_disc(thumbnail, x, y, radius, colour)


def _draw_disc(picture: Image, x: float, y: float, radius: float, colour: Colour) -> None:
    """A disc between pixels. OpenCV's are diamonds at this size."""
    reach = math.ceil(radius) + 1
    left, top = max(round(x) - reach, 0), max(round(y) - reach, 0)
    part = picture[top : round(y) + reach + 1, left : round(x) + reach + 1]
    rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    share = np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)[..., np.newaxis]
    part[:] = np.rint(part * (1 - share) + np.array(colour) * share)
