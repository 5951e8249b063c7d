"""The images' motions and the detector's positions, fused over a whole sequence.

What is estimated is each landmark's correction c of the detected position. The detector says that
it is 0, with its variance; the images say how it changes from frame to frame, with theirs. The
corrections that agree best with both are those of a Kalman filter followed by a Rauch-Tung-Striebel
smoother: neither lags, as all frames count for each, and motion is not rubbed out, as it is not
motion that is held to be small.

Notes
-----
R. E. Kalman, *A new approach to linear filtering and prediction problems*, 1960; H. E. Rauch,
F. Tung and C. T. Striebel, *Maximum likelihood estimates of linear dynamic systems*, 1965. In the
form of information (inverse covariance), so that a step that nothing is known of weighs 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from faceflow.types import AnyArray


class Steps(NamedTuple):
    """How corrections change from each frame to the next, by the images."""

    changes: AnyArray
    """(T - 1, N, 2) float32, px."""

    information: AnyArray
    """(T - 1, N, 3) float32: xx, xy, yy of the inverse covariance, px^-2; 0 where nothing is
    known, as at a frame that has no face."""


class Filtered(NamedTuple):
    """What is known of the corrections of a frame from it and the frames before it."""

    information: AnyArray
    """(N, 3) float64."""
    weighted: AnyArray
    """(N, 2) float64: information times estimate."""


def no_steps(count: int, points: int) -> Steps:
    """Steps that nothing is known of."""
    return Steps(np.zeros((count, points, 2), np.float32), np.zeros((count, points, 3), np.float32))


def begin(points: int, detector_deviation: float) -> Filtered:
    """What is known of the first frame's corrections."""
    position = np.array([1, 0, 1]) / detector_deviation**2
    return Filtered(np.tile(position, (points, 1)), np.zeros((points, 2)))


class _Gain(NamedTuple):
    """An earlier correction by a later one: matrix times it, plus shift."""

    matrix: AnyArray
    shift: AnyArray


def advance(filtered: Filtered, steps: Steps, detector_deviation: float) -> Filtered:
    """Go on over some steps: what is known of the frame after the last."""
    return _forward(filtered, steps, detector_deviation)[0]


def go_back(
    filtered: Filtered, steps: Steps, last: AnyArray, detector_deviation: float
) -> AnyArray:
    """Find the corrections of the frames that some steps lead from.

    Parameters
    ----------
    filtered
        What is known of the first of them.
    steps
        T of them.
    last
        (N, 2), the corrections of the frame that the last step leads to.
    detector_deviation
        Of a detected position, px.

    Returns
    -------
    corrections
        (T, N, 2) float64, px.
    """
    gains = _forward(filtered, steps, detector_deviation)[1]
    corrections = np.empty(steps.changes.shape)
    for number in reversed(range(len(gains))):
        last = _times(gains[number].matrix, last) + gains[number].shift
        corrections[number] = last
    return corrections


def estimate(filtered: Filtered) -> AnyArray:
    """(N, 2), the corrections of the last frame of all, px."""
    return _times(_inverse(filtered.information), filtered.weighted)


def fuse(steps: Steps, detector_deviation: float, points: int) -> AnyArray:
    """Find the corrections of all frames of a short sequence at once.

    Returns
    -------
    corrections
        (T, N, 2) float64, px, for T - 1 steps; exactly 0 where no image says anything.

    Examples
    --------
    A landmark jumps by 2 px in one frame of three, while the images stand still:

    >>> steps = no_steps(2, 1)
    >>> steps.changes[:, 0, 0] = [-2, 2]
    >>> steps.information[:] = [1e4, 0, 1e4]
    >>> fuse(steps, 1.0, 1)[:, 0, 0].round(2).tolist()
    [0.67, -1.33, 0.67]
    """
    first = begin(points, detector_deviation)
    last = estimate(advance(first, steps, detector_deviation))
    return np.concatenate([go_back(first, steps, last, detector_deviation), last[None]])


def confidence(steps: Steps, detector_deviation: float) -> AnyArray:
    """How far the images, and not the detector, decide each step.

    Returns
    -------
    confidence
        (T - 1, N), from 0 (nothing is to be seen: the detector's motion is kept) to 1.
    """
    images = np.asarray(steps.information, np.float64)[..., [0, 2]].mean(axis=-1)
    share: AnyArray = images / (images + 1 / detector_deviation**2)
    return share


def _forward(
    filtered: Filtered, steps: Steps, detector_deviation: float
) -> tuple[Filtered, Sequence[_Gain]]:
    position = np.array([1, 0, 1]) / detector_deviation**2
    known, weighted = filtered
    gains = []
    for change, step in zip(*(np.asarray(part, np.float64) for part in steps), strict=True):
        inverse = _inverse(known + step)
        gain = _Gain(_product(inverse, step), _times(inverse, weighted - _times(step, change)))
        gains.append(gain)
        kept = _compose(step, gain.matrix)
        known = step - kept + position
        weighted = _times(step, change + gain.shift)
    return Filtered(known, weighted), gains


def _inverse(block: AnyArray) -> AnyArray:
    """Of symmetric 2 x 2 blocks, (N, 3)."""
    xx, xy, yy = block.T
    determinant = xx * yy - xy * xy
    inverse: AnyArray = np.stack([yy, -xy, xx], axis=1) / determinant[:, None]
    return inverse


def _times(block: AnyArray, vector: AnyArray) -> AnyArray:
    """Blocks, (N, 3) symmetric or (N, 4), times vectors, (N, 2)."""
    x, y = vector.T
    xx, xy, yx, yy = block.T if block.shape[1] == 4 else (block.T[i] for i in (0, 1, 1, 2))
    return np.stack([xx * x + xy * y, yx * x + yy * y], axis=1)


def _product(a: AnyArray, b: AnyArray) -> AnyArray:
    """(N, 4) of symmetric blocks, (N, 3)."""
    return np.stack(
        [
            a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1],
            a[:, 0] * b[:, 1] + a[:, 1] * b[:, 2],
            a[:, 1] * b[:, 0] + a[:, 2] * b[:, 1],
            a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2],
        ],
        axis=1,
    )


def _compose(symmetric: AnyArray, block: AnyArray) -> AnyArray:
    """(N, 3): a symmetric block times one, (N, 4), where the product is symmetric."""
    xx, xy, yy = symmetric.T
    a, b, c, d = block.T
    return np.stack([xx * a + xy * c, xx * b + xy * d, xy * b + yy * d], axis=1)
