"""The flow network for faces that comes with the package."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from faceflow.flow.checks import check_landmarks
from faceflow.methods import dis
from faceflow.methods.correction import SIDE_STEP, Corrected, CorrectionNetwork
from faceflow.methods.grey import check_frames
from faceflow.types import AnyArray, Flow, Image, Size

WEIGHTS = Path(__file__).with_name("face.onnx")
"""The network's weights; `card` tells where they come from."""

_CARD = WEIGHTS.with_suffix(".json")

_MARGIN = 0.15
"""Share of the face's size that is seen around it."""

_BLEND = 16
"""px over which the network's flow turns into that of DIS at the border of what it sees."""

_DIS_ERROR = 1.0  # px; nothing is known of its error where the network does not look


def estimate(first: Image, second: Image, landmarks: AnyArray | None = None) -> Flow:
    """Estimate flow by DIS, corrected by a network that was trained on faces.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8 red-green-blue, of one size, with sides of at least 12 pixels.
    landmarks
        (N, 2) of the first frame, or (2, N, 2) of both, pixels. The network then looks at the face
        and its surroundings only, which takes less time; the flow elsewhere is that of DIS. By
        default it looks at the whole frame.

    Returns
    -------
    flow
        (H, W, 2) float32, pixels; 0 where the frames are identical.

    Raises
    ------
    ArrayError
        The frames or the landmarks are not such.

    Notes
    -----
    Its design and sources are told in `faceflow.learn.networks.face`, its training in
    docs/network.md.

    Examples
    --------
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> estimate(frame, frame).shape
    (32, 40, 2)
    """
    return estimate_with_error(first, second, landmarks).flow


def estimate_with_error(
    first: Image, second: Image, landmarks: AnyArray | None = None
) -> Corrected:
    """Estimate flow as `estimate` does, and how far it may be off.

    Returns
    -------
    corrected
        Flow (H, W, 2) float32 and its expected end-point error (H, W) float32, pixels. Outside of
        what the network looks at the error is 1 px, as nothing is known there.

    Examples
    --------
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> estimate_with_error(frame, frame).error.shape
    (32, 40)
    """
    return correct_dis(_network(), first, second, landmarks)


def card() -> dict[str, Any]:
    """Tell where the network's weights come from.

    Returns
    -------
    card
        ``sha256`` of the weights' file, ``data`` (what they were trained on, and its terms),
        ``training``, ``figures``, ``limits`` and ``terms`` of use.

    Examples
    --------
    >>> len(card()["sha256"])
    64
    """
    told: dict[str, Any] = json.loads(_CARD.read_text())
    return told


def estimate_with(
    network: CorrectionNetwork, first: Image, second: Image, landmarks: AnyArray | None = None
) -> Flow:
    """Estimate flow as `estimate` does, with another network than the package's."""
    return correct_dis(network, first, second, landmarks).flow


def correct_dis(
    network: CorrectionNetwork, first: Image, second: Image, landmarks: AnyArray | None = None
) -> Corrected:
    """Estimate flow and error as `estimate_with_error` does, with another network."""
    check_frames(first, second)
    H, W = first.shape[:2]
    window = _window(landmarks, (H, W))
    if np.array_equal(first, second):
        return Corrected(np.zeros((H, W, 2), np.float32), np.zeros((H, W), np.float32))
    initial = dis.estimate(first, second)
    part = window.part
    seen = network(first[part], second[part], initial[part])
    if seen.error.shape == (H, W):
        return seen
    error = np.full((H, W), _DIS_ERROR, np.float32)
    share = window.share((H, W))
    error[part] += share * (seen.error - error[part])
    initial[part] += share[..., None] * (seen.flow - initial[part])
    return Corrected(initial, error)


@functools.cache
def _network() -> CorrectionNetwork:
    return CorrectionNetwork(WEIGHTS)


class _Span(NamedTuple):
    """Pixels of a side, from `start` and before `end`."""

    start: int
    end: int

    @classmethod
    def around(cls, low: float, high: float, side: int) -> _Span:
        """Take the pixels from low to high, in a length that the network takes if there is room."""
        start, end = (int(np.clip(edge, 0, side)) for edge in (np.floor(low), np.ceil(high)))
        length = max(-(-(end - start) // SIDE_STEP), 1) * SIDE_STEP
        if length >= side:
            return cls(0, side)
        start = min(max((start + end - length) // 2, 0), side - length)
        return cls(start, start + length)

    def ramp(self, side: int) -> AnyArray:
        """Rise from 0 to 1 at an end that is not the frame's border."""
        places = np.arange(self.start, self.end, dtype=np.float32) + np.float32(0.5)
        ends = np.ones(len(places), np.float32)
        if self.start > 0:
            ends = np.minimum(ends, (places - self.start) / _BLEND)
        if self.end < side:
            ends = np.minimum(ends, (self.end - places) / _BLEND)
        return ends


class _Window(NamedTuple):
    """The part of a frame that the network looks at."""

    rows: _Span
    columns: _Span

    @property
    def part(self) -> tuple[slice, slice]:
        """Index of arrays (H, W, ...)."""
        return slice(*self.rows), slice(*self.columns)

    def share(self, size: Size) -> AnyArray:
        """How much the network's flow counts, (h, w) float32 from 0 to 1."""
        share: AnyArray = self.rows.ramp(size[0])[:, None] * self.columns.ramp(size[1])
        return share


def _window(landmarks: AnyArray | None, size: Size) -> _Window:
    """Take the face and its surroundings, or the whole frame where there are no landmarks."""
    H, W = size
    if landmarks is None:
        return _Window(_Span(0, H), _Span(0, W))
    given = np.asarray(landmarks, np.float64)
    frames = given if given.ndim == 3 else given[None]
    points = np.concatenate([check_landmarks("landmarks", frame) for frame in frames])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN * float(np.sqrt(np.prod(high - low))) + _BLEND
    spans = [_Span.around(low[i] - margin, high[i] + margin + 1, (W, H)[i]) for i in range(2)]
    return _Window(spans[1], spans[0])
