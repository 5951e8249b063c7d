"""The input of all benchmarks: a face that fills the frame, and how it moves. Deterministic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import faceflow as ff
from faceflow.flow.render import border_anchors, scale_landmarks
from faceflow.types import Flow, Landmarks, Size, Triangles

LANDMARKS = Path(ff.__file__).parent / "demo" / "astronaut_landmarks.txt"
SIZE = (512, 384)
BOX = np.array([[104.0, 200.0], [282.0, 486.0]])  # of the landmarks in SIZE, as in real recordings
SEED = 20


@dataclass(frozen=True)
class Pair:
    """Two frames' landmarks, the frame's (H, W), and the triangles of the first."""

    src: Landmarks
    dst: Landmarks
    size: Size
    triangles: Triangles

    def empty(self) -> Flow:
        """A flow field to write to, its memory already the process's own."""
        return np.ones((*self.size, 2), np.float32)

    def synthesize(self, out: Flow) -> Flow:
        """The call that users make, its checks included."""
        return ff.synthesize(self.src, self.dst, self.size, self.triangles, out=out)


def face_pair(size: Size = SIZE) -> Pair:
    """The face, scaled with the frame, and the same face smiling."""
    return _pair(face(), size)


def dense_face_pair(count: int) -> Pair:
    """`count` landmarks in the hull of the face: its own, and others spread evenly."""
    return _pair(spread_landmarks(count), SIZE)


def whole_frame_pair() -> Pair:
    """The face with the frame's outline held: flow is known at every pixel."""
    src, anchors = face(), border_anchors(SIZE)
    dst = _moved(src, np.random.default_rng(SEED))
    points = np.concatenate([src, anchors])
    return Pair(points, np.concatenate([dst, anchors]), SIZE, ff.triangulate(points))


def sequence(frames: int) -> Landmarks:
    """(T, 68, 2): the face, its smile growing and going, each frame found with its own error."""
    rng = np.random.default_rng(SEED)
    opened = np.sin(np.linspace(0, np.pi, frames))
    return np.stack([_moved(face(), rng, amount) for amount in opened])


def face() -> Landmarks:
    """The demo's 68 landmarks, moved affinely to BOX."""
    points = np.loadtxt(LANDMARKS)
    unit = (points - points.min(axis=0)) / np.ptp(points, axis=0)
    return BOX[0] + unit * (BOX[1] - BOX[0])


def spread_landmarks(count: int) -> Landmarks:
    """The face and as many points inside its hull as make `count`."""
    points = face()
    valid = ff.synthesize(points, points, SIZE, ff.triangulate(points), return_valid=True)[1]
    rng = np.random.default_rng(SEED)
    candidates = rng.uniform(*BOX, size=(4 * count, 2))
    column, row = candidates.astype(int).T
    return np.concatenate([points, candidates[valid[row, column]][: count - len(points)]])


def _pair(points: Landmarks, size: Size) -> Pair:
    dst = _moved(points, np.random.default_rng(SEED))
    src = scale_landmarks(points, SIZE, size)
    return Pair(src, scale_landmarks(dst, SIZE, size), size, ff.triangulate(src))


def _moved(points: Landmarks, rng: np.random.Generator, amount: float = 1.0) -> Landmarks:
    """Mouth corners out and up by 3 px, jaw down by 6 px, and 0.3 px of a finder's error."""
    x, y = ((points - BOX[0]) / (BOX[1] - BOX[0])).T
    corners = _bump(x - 0.3, y - 0.7) - _bump(x - 0.7, y - 0.7)
    raised = _bump(x - 0.3, y - 0.7) + _bump(x - 0.7, y - 0.7)
    jaw = 1 / (1 + np.exp(-12 * (y - 0.75)))
    motion = np.stack([-3 * corners, 6 * jaw - 3 * raised], axis=1)
    return points + amount * motion + rng.normal(0, 0.3, points.shape)


def _bump(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-(x**2 + y**2) / (2 * 0.15**2))
