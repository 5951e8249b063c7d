"""One face's motion given to another."""

from __future__ import annotations

import numpy as np

from faceflow.truth.slits import FACE_POINTS
from faceflow.types import Landmarks

_RIGID = (27, 28, 29, 30, 33, 36, 39, 42, 45)  # bridge, tip of the nose, corners of the eyes


def fit_similarity(source: Landmarks, target: Landmarks) -> tuple[complex, complex]:
    """The similarity that brings one set of points nearest to another, by least squares.

    Points are taken as complex numbers x + iy: a turn and a scale are one multiplication.

    Parameters
    ----------
    source, target
        (N, 2) float64.

    Returns
    -------
    turn, shift
        ``turn * source + shift`` is nearest to the target.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    >>> turn, shift = fit_similarity(points, 3 * points + [1, 5])
    >>> bool(abs(turn - 3) < 1e-12 and abs(shift - (1 + 5j)) < 1e-12)
    True
    """
    # Sums and products one by one: a product of matrices may be rounded otherwise elsewhere.
    z, w = _as_complex(source), _as_complex(target)
    middle, other = complex(z.sum()) / len(z), complex(w.sum()) / len(w)
    z, w = z - middle, w - other
    spread = float((z.real**2 + z.imag**2).sum())
    turn = complex((z.conj() * w).sum()) / spread if spread > 0 else 1 + 0j
    return turn, other - turn * middle


def move_by(points: Landmarks, turn: complex, shift: complex = 0j) -> Landmarks:
    """Apply a similarity, as `fit_similarity` gives it.

    Examples
    --------
    >>> move_by(np.array([[1.0, 0.0]]), 2j, 1 + 0j).tolist()
    [[1.0, 2.0]]
    """
    moved = _as_complex(points) * turn + shift
    return np.stack([moved.real, moved.imag], axis=1)


def without_head_motion(face: Landmarks, first: Landmarks) -> Landmarks:
    """A face's expression: its landmarks, brought back to where the head was in the first frame.

    By a similarity of what is stiff in a face of 68 points (nose, corners of the eyes), or of all
    points of another.

    Examples
    --------
    >>> first = np.random.default_rng(0).random((68, 2))
    >>> turned = move_by(first, 1.2 + 0.1j, 5 - 2j)
    >>> bool(np.abs(without_head_motion(turned, first) - first).max() < 1e-12)
    True
    """
    stiff = list(_RIGID) if len(first) == FACE_POINTS else slice(None)
    turn, shift = fit_similarity(face[stiff], first[stiff])
    return move_by(face, turn, shift)


def _as_complex(points: Landmarks) -> np.ndarray:
    return points[:, 0] + 1j * points[:, 1]
