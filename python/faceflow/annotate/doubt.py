"""Which landmarks a person should look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceflow.types import Landmarks

_LEAP = 0.04
"""Of the face's size; what OpenFace finds in sequences of real faces stays under 0.016."""


def leaps(landmarks: Sequence[Landmarks | None]) -> list[bool]:
    """Whether a frame's landmarks lie off the line from the frame before to the frame after.

    A motion goes on; a misfit comes and is gone. The measure is the mean distance of the landmarks
    from the middle between their neighbours, over the face's size.

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
    leaping = [False] * len(landmarks)
    for i in range(1, len(landmarks) - 1):
        before, here, after = landmarks[i - 1 : i + 2]
        if before is None or here is None or after is None:
            continue
        if not len(before) == len(here) == len(after):
            continue
        off = np.linalg.norm(here - (before + after) / 2, axis=1).mean()
        leaping[i] = bool(off > _LEAP * np.ptp(here, axis=0).mean())
    return leaping
