"""Triangles drawn over a frame."""

from __future__ import annotations

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import Image, Landmarks, Triangles

_LINE = (80, 255, 80)
_POINT = (60, 60, 255)
_SHIFT = 4  # points are drawn to 1/16 px
_FURTHEST = 2**24


def draw_mesh(image: Image, landmarks: Landmarks, triangles: Triangles) -> Image:
    """Draw triangles and their corners over a frame.

    Parameters
    ----------
    image
        (H, W, 3) uint8 blue-green-red; not changed.
    landmarks
        (N, 2) float64, pixels.
    triangles
        (M, 3) int32.

    Returns
    -------
    picture
        (H, W, 3) uint8.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[1.0, 1.0], [6.0, 1.0], [1.0, 6.0]])
    >>> draw_mesh(np.zeros((8, 8, 3), np.uint8), points, np.array([[0, 1, 2]], np.int32)).shape
    (8, 8, 3)
    """
    picture = image.copy()
    fixed = np.clip(np.rint(landmarks * 2**_SHIFT), -_FURTHEST, _FURTHEST).astype(np.int32)
    cv2.polylines(picture, list(fixed[triangles]), True, _LINE, 1, cv2.LINE_AA, _SHIFT)
    for x, y in fixed.tolist():
        cv2.circle(picture, (x, y), 2**_SHIFT * 3 // 2, _POINT, -1, cv2.LINE_AA, _SHIFT)
    return picture
