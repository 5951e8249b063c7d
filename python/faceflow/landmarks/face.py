"""What a landmark source finds in a frame."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from faceflow.errors import FrameError
from faceflow.types import Landmarks


class Face(NamedTuple):
    """A face in a frame.

    Examples
    --------
    >>> import numpy as np
    >>> Face(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), 0.983).confidence
    0.983
    """

    landmarks: Landmarks
    """(N, 2) float64, in pixels of the image as it is stored."""

    confidence: float | None = None
    """From 0 to 1; None where the source does not tell."""


Found: TypeAlias = tuple[Face, ...] | FrameError
"""The faces of a frame, none where there is none; or why it could not be looked at."""
