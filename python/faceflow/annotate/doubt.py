"""Which landmarks a person should look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceflow.types import Landmarks

_LEAP = 0.04
"""Of the face's size; what OpenFace finds in sequences of real faces stays under 0.016."""


def leaps(landmarks: Sequence[Landmarks | None]) -> list[bool]:
    """Whether a frame's landmarks lie off the line from the frame before to the frame after.

    A motion goes on; a misfit comes and is gone.

    Parameters
    ----------
    landmarks
        (N, 2) of each frame, None where there are none.

    Examples
    --------
    >>> import numpy as np
    >>> face = np.array([[0.0, 0.0], [100.0, 0.0], [50.0, 100.0]])
    >>> leaps([face, face + 20, face, face + 1])
    [False, True, False, False]
    """
    off = [0.0] * len(landmarks)
    for i in range(1, len(landmarks) - 1):
        off[i] = _off_the_line(*landmarks[i - 1 : i + 2])
    # A misfit draws its neighbours' lines to itself: only the furthest off of them leaps.
    return [
        share > _LEAP and share == max(off[max(i - 1, 0) : i + 2]) for i, share in enumerate(off)
    ]


def _off_the_line(
    before: Landmarks | None, here: Landmarks | None, after: Landmarks | None
) -> float:
    """Mean distance of the landmarks from the middle between their neighbours, in face sizes."""
    if before is None or here is None or after is None:
        return 0.0
    if not len(before) == len(here) == len(after):
        return 0.0
    distance = np.linalg.norm(here - (before + after) / 2, axis=1).mean()
    return float(distance / (np.ptp(here, axis=0).mean() + 1e-9))
