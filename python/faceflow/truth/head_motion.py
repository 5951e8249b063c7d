"""Motion of the head, made up: smooth, by chance, the same for the same seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from faceflow.types import Landmarks

# Of the waves of each part of the motion, two of which are added: shifts in sizes of the face,
# radians, the logarithm of the scale, and how much nearer one side of the face comes.
_HEIGHTS = {
    "similarity": (0.03, 0.02, 0.05, 0.03),
    "homography": (0.03, 0.02, 0.05, 0.03, 0.06, 0.06),
}
_PERIODS = (24.0, 96.0)  # frames
_NEAREST = 0.2  # of the distance to the face: what is thrown far off by a motion stays in front


@dataclass(frozen=True)
class HeadMotion:
    """How a head moves through a sequence; not at all in its first frame."""

    waves: tuple[tuple[tuple[float, float, float], ...], ...]
    """For each part of the motion (height, frames, phase) of some waves."""

    def move(self, face: Landmarks, middle: Landmarks, size: float, time: int) -> Landmarks:
        """Move a face's landmarks as the head has moved so many frames after the first.

        Parameters
        ----------
        face
            (N, 2) float64, pixels.
        middle, size
            (2,) centre and size in pixels of the face in the first frame.
        time
            In frames; may be below 0.
        """
        right, down, turn, grow, *tilts = (_value(waves, time) for waves in self.waves)
        x, y = ((face - middle) / size).T
        scale, sine, cosine = math.exp(grow), math.sin(turn), math.cos(turn)
        across, along = tilts or (0.0, 0.0)
        depth = np.maximum(1.0 + across * x + along * y, _NEAREST)
        u = scale * (cosine * x - sine * y) / depth + right
        v = scale * (sine * x + cosine * y) / depth + down
        moved: Landmarks = np.stack([u, v], axis=1) * size + middle
        return moved


def draw_head_motion(kind: str, seed: int) -> HeadMotion:
    """Draw a motion by lot.

    Parameters
    ----------
    kind
        ``similarity`` or ``homography``.

    Examples
    --------
    >>> motion = draw_head_motion("homography", 7)
    >>> face = np.array([[10.0, 10.0], [30.0, 10.0], [20.0, 40.0]])
    >>> bool((motion.move(face, face.mean(axis=0), 20.0, 0) == face).all())
    True
    """
    rng = np.random.default_rng(seed)
    return HeadMotion(tuple(tuple(_wave(rng, h) for _ in range(2)) for h in _HEIGHTS[kind]))


def _wave(rng: np.random.Generator, height: float) -> tuple[float, float, float]:
    share, period, phase = rng.uniform((0.3, _PERIODS[0], 0.0), (1.0, _PERIODS[1], math.tau))
    return height * float(share), float(period), float(phase)


def _value(waves: tuple[tuple[float, float, float], ...], time: int) -> float:
    # By the library's own sine: numpy's has another last place on some processors.
    return sum(
        height * (math.sin(phase + math.tau * time / period) - math.sin(phase))
        for height, period, phase in waves
    )
