"""A mean face of 68 points (iBUG), drawn from published proportions.

No person's face and no data set's: drawn from distances, round numbers in mm near the means of
young adults in Farkas, Katic, Forrest et al., "International Anthropometric Study of Facial
Morphology in Various Ethnic Groups/Races" (J. Craniofacial Surgery 16, 2005): biocular width 90,
intercanthal 33, face width 136 and jaw width 100 at the gonia (both on the half ellipse through
the chin), face height (nasion to gnathion) 118, nose height 52 and width 33, mouth width 52,
forehead width 113 and height (trichion to nasion) 65 (both on the half ellipse of the hairline),
more than the nose's as in Farkas, Hreczko, Kolar and Munro, "Vertical and Horizontal Proportions
of the Face in Young Adult North American Caucasians" (Plastic and Reconstructive Surgery 75,
1985). Between these the points lie as iBUG's scheme says, along contours. Lips and lids are a
little open, so that no triangle is flat.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from faceflow.types import Landmarks

POINTS = 68

# Those on the left of the picture and on the midline; x right, y down, from the nasion.
_JAW = ((-68, 4), (-67.1, 22.1), (-64.5, 40.1), (-60, 57.7), (-53.4, 74.6), (-44.4, 90.3),
        (-32.6, 104), (-17.6, 114.1), (0, 118))  # fmt: skip
_BROW = ((-58, -13), (-49, -20), (-37, -22.5), (-25, -21), (-13, -17))
_BRIDGE = ((0, 0), (0, 13), (0, 26), (0, 39))
_NOSE = ((-16.5, 46), (-8, 50), (0, 52))
_EYE = ((-45, 2), (-37, -3), (-27, -3), (-16.5, 4), (-26, 6), (-36, 6))
_UPPER_LIP = ((-26, 74), (-16, 68), (-5.5, 63.5), (0, 65))
_LOWER_LIP = ((0, 86), (-7, 85.5), (-16, 82))
_UPPER_INNER = ((-22, 74), (-6.5, 72), (0, 72.5))
_LOWER_INNER = ((0, 76.5), (-6.5, 76))
_HAIRLINE = ((-58.9, -30.5), (-43.7, -48.9), (-23.3, -60.8), (0, -65))

RIGID = (27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45)
"""The nose and the corners of the eyes: what no expression moves far."""


def mean_face() -> Landmarks:
    """The mean face: (68, 2) float64, mm, x right, y down, (0, 0) at the nasion.

    Examples
    --------
    >>> mean_face()[[27, 36, 45]]
    array([[  0.,   0.],
           [-45.,   2.],
           [ 45.,   2.]])
    """
    eye = _EYE[3::-1] + _EYE[:3:-1]  # iBUG's right one begins at the nose
    lips = (*_across(_UPPER_LIP), *_flipped(_LOWER_LIP[:0:-1]), *_LOWER_LIP)
    inner = (*_across(_UPPER_INNER), *_flipped(_LOWER_INNER[:0:-1]), *_LOWER_INNER)
    brows = (*_BROW, *_flipped(_BROW[::-1]))
    contours = (_across(_JAW), brows, _BRIDGE, _across(_NOSE), _EYE, _flipped(eye), lips, inner)
    return np.array(list(chain(*contours)), np.float64)


def hairline() -> Landmarks:
    """The hairline of the mean face, (7, 2), from temple to temple, the picture's left first."""
    return np.array(_across(_HAIRLINE), np.float64)


def _flipped(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    return tuple((-x, y) for x, y in points)


def _across(half: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """A contour that ends on the midline, and its other half."""
    return (*half, *_flipped(half[-2::-1]))
