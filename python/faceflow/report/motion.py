"""Motion measured pixel by pixel and landmark by landmark, over a few pairs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from faceflow.errors import FaceflowError
from faceflow.report.histogram import Histogram
from faceflow.report.pair import lengths, read_pair_flow, read_pair_landmarks
from faceflow.report.tree import MadePair
from faceflow.truth.placement import Placement
from faceflow.types import AnyArray, Landmarks


class FaceMotion(NamedTuple):
    """How each landmark moves."""

    shape: Landmarks
    """(N, 2): where it lies on the mean face, whose longer side is 1, its middle at (0, 0)."""

    length: AnyArray
    """(N,): mean length of its motion, px."""

    displacement: Landmarks
    """(N, 2): its mean motion, px."""

    pairs: int


class PixelMotion(NamedTuple):
    """How pixels move."""

    lengths: Histogram
    pairs: int


def measure_pixels(pairs: Sequence[MadePair], threads: ThreadPoolExecutor) -> PixelMotion:
    """Count the lengths of all vectors; files that cannot be read are left out."""
    histogram, read = Histogram(), 0
    for one in threads.map(_measure, pairs):
        if one is not None:
            histogram.merge(one)
            read += 1
    return PixelMotion(histogram, read)


def _measure(pair: MadePair) -> Histogram | None:
    histogram = Histogram()
    try:
        histogram.add(lengths(read_pair_flow(pair)))
    except FaceflowError:
        return None
    return histogram


def measure_face(pairs: Sequence[MadePair], placement: Placement) -> FaceMotion | None:
    """Mean motion of each landmark, over the pairs that have as many as most; None for no pair.

    Files that cannot be read are left out, as are the points that `placement` has put beside.
    """
    sets: dict[int, list[tuple[Landmarks, Landmarks]]] = {}
    for pair in pairs:
        try:
            first, second = map(placement.face, read_pair_landmarks(pair))
        except FaceflowError:
            continue
        if len(first) == len(second) > 0:
            sets.setdefault(len(first), []).append((_normalised(first), second - first))
    if not sets:
        return None
    usual = max(sets.values(), key=len)
    shapes, moves = (np.stack(part) for part in zip(*usual, strict=True))
    length = np.hypot(moves[..., 0], moves[..., 1]).mean(axis=0)
    return FaceMotion(shapes.mean(axis=0), length, moves.mean(axis=0), len(usual))


def _normalised(points: Landmarks) -> Landmarks:
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(float((high - low).max()), 1e-9)
    normalised: Landmarks = (points - (low + high) / 2) / side
    return normalised
