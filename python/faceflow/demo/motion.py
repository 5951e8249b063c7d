"""Expressions: how the 68 landmarks of a face move."""

from __future__ import annotations

import numpy as np

from faceflow.types import Landmarks

LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)
LEFT_CORNER, RIGHT_CORNER = (48, 60), (54, 64)
UPPER_LIP, LOWER_LIP = (50, 51, 52, 61, 62, 63), (56, 57, 58, 65, 66, 67)
CHIN, JAW = (7, 8, 9), (4, 5, 6, 10, 11, 12)
BROWS = range(17, 27)

# Landmarks -> how far they go to the outside of the face and down, in distances between the eyes.
_MOVES = {
    "smile": {
        (*LEFT_CORNER, *RIGHT_CORNER): (0.10, -0.09),
        (49, 53, 59, 55): (0.05, -0.05),
        UPPER_LIP: (0.0, -0.02),
        (40, 41, 46, 47): (0.0, -0.015),
        (3, 4, 12, 13): (0.03, -0.02),
    },
    "mouth": {
        LOWER_LIP: (0.0, 0.20),
        (55, 59): (-0.02, 0.14),
        (*LEFT_CORNER, *RIGHT_CORNER): (-0.03, 0.06),
        CHIN: (0.0, 0.20),
        JAW: (0.0, 0.11),
    },
    "brow": {
        tuple(BROWS): (0.0, -0.10),
        (37, 38, 43, 44): (0.0, -0.03),
    },
}

EXPRESSIONS = tuple(_MOVES)
"""The names of the expressions."""


def express(face: Landmarks, expression: str, strength: float) -> Landmarks:
    """Move a neutral face's landmarks into an expression.

    Parameters
    ----------
    face
        (68, 2) float64, pixels, iBUG order.
    expression
        One of `EXPRESSIONS`.
    strength
        0 for the face as it is, 1 for the whole expression.

    Returns
    -------
    landmarks
        (68, 2) float64, pixels.

    Examples
    --------
    >>> import numpy as np
    >>> face = np.random.default_rng(0).random((68, 2)) * 100
    >>> bool((express(face, "smile", 0.0) == face).all())
    True
    """
    left, right = face[LEFT_EYE].mean(axis=0), face[RIGHT_EYE].mean(axis=0)
    across = right - left
    down = np.array([-across[1], across[0]])
    middle = (left + right) / 2
    moved = face.copy()
    for points, (outward, downward) in _MOVES[expression].items():
        for i in points:
            side = np.sign((face[i] - middle) @ across)
            moved[i] += strength * (side * outward * across + downward * down)
    return moved


def animate(face: Landmarks, expression: str, frames: int) -> Landmarks:
    """A sequence that goes from the face as it is to the expression, without a jerk.

    Returns
    -------
    landmarks
        (frames, 68, 2) float64; the first is `face`.
    """
    strengths = (1 - np.cos(np.pi * np.arange(frames) / (frames - 1))) / 2
    return np.stack([express(face, expression, s) for s in strengths])
