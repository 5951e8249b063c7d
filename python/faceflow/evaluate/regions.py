"""The parts of a face, from its 68 landmarks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import AnyArray, Landmarks, Size

REGION_NAMES = ("brows", "eyes", "nose", "mouth", "jaw", "cheeks")
"""Of the numbers 1 to 6; 0 is none of them."""

FACE = "face"
"""All six of them."""

POINTS = 68
"""Of iBUG's scheme, which alone is known to say where a face's parts are."""

_BROWS, _EYES, _NOSE, _MOUTH, _JAW, _CHEEKS = range(1, 7)

# Painted in this order: what comes later lies on what came before.
_POLYGONS: tuple[tuple[int, Sequence[int]], ...] = (
    (_CHEEKS, (0, 1, 2, 3, 4, 5, 48, 31, 39, 40, 41, 36)),
    (_CHEEKS, (16, 15, 14, 13, 12, 11, 54, 35, 42, 47, 46, 45)),
    (_JAW, (5, 6, 7, 8, 9, 10, 11, 54, 55, 56, 57, 58, 59, 48)),
    (_MOUTH, (31, 32, 33, 34, 35, 54, 48)),
    (_NOSE, (27, 39, 31, 32, 33, 34, 35, 42)),
)
_GROWN: tuple[tuple[int, Sequence[int]], ...] = (
    (_BROWS, range(17, 22)),
    (_BROWS, range(22, 27)),
    (_EYES, range(36, 42)),
    (_EYES, range(42, 48)),
    (_MOUTH, range(48, 60)),
)
"""Hulls that are grown by `_GROWTH`: what moves lies round the landmarks, too."""

_GROWTH = 0.08
"""Of the distance between the outer corners of the eyes."""

_THICKEST = 255  # px, that OpenCV draws
_FURTHEST = 2**14  # px; OpenCV draws with whole numbers that overflow much further out


def face_regions(landmarks: Landmarks, size: Size) -> AnyArray | None:
    """Which part of the face each pixel belongs to.

    Brows, eyes and mouth are the hulls of their landmarks, grown by 8 % of the distance between the
    eyes' outer corners, the mouth with the skin up to the nose; nose (up to the eyes' inner
    corners), jaw (below the mouth) and cheeks (between eyes, nose, mouth and the face's edge) are
    polygons. Where two overlap, the first of mouth, eyes, brows, nose, jaw, cheeks has the pixel.

    Parameters
    ----------
    landmarks
        (N, 2) float64 of the first frame, pixels.
    size
        (H, W).

    Returns
    -------
    regions
        (H, W) uint8: 0, or 1 + the place in `REGION_NAMES`. None where there are not 68 landmarks:
        of other schemes it is not known what they mean.

    Examples
    --------
    >>> face_regions(np.zeros((5, 2)), (4, 4)) is None
    True
    """
    if len(landmarks) != POINTS:
        return None
    points = np.clip(np.round(landmarks), -_FURTHEST, _FURTHEST).astype(np.int32)
    regions = np.zeros(size, np.uint8)
    for number, corners in _POLYGONS:
        cv2.fillPoly(regions, [points[list(corners)]], (number,))
    across = float(np.hypot(*(points[45] - points[36])))
    width = 2 * max(round(_GROWTH * across), 1)
    for number, corners in _GROWN:
        hull = cv2.convexHull(points[list(corners)])
        cv2.fillPoly(regions, [hull], (number,))
        cv2.polylines(regions, [hull], True, (number,), min(width, _THICKEST))
    return regions
