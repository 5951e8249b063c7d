"""The errors of one pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from faceflow.audit.pairs import Loaded, Pair
from faceflow.errors import ArrayError, DatasetError, FaceflowError, FrameError
from faceflow.flowio.field import finite_pixels
from faceflow.images import swap_colours
from faceflow.methods.registry import bind_landmarks, find_estimator
from faceflow.opencv import cv2
from faceflow.truth.jumps import is_jump
from faceflow.truth.photometric import face_region, photometric_error
from faceflow.types import AnyArray, Flow, Mask

_EDGE = 5


class Measured(NamedTuple):
    """What was found of a pair."""

    pair: Pair
    errors: dict[str, float]
    """Photometric, grey levels, of ``label``, ``zero`` and estimators."""
    negated: float
    """Of the label with its sign changed."""
    jump: bool
    problem: str | None = None
    """Why nothing was found."""


def measure_pair(methods: Sequence[str], pair: Pair) -> Measured:
    """Measure the label of a pair, no flow, and what estimators find, over the same pixels.

    Parameters
    ----------
    methods
        Of `faceflow.estimators`.
    pair
        What is wrong with it is told in the result.
    """
    try:
        return _measure(methods, pair, pair.load())
    except FrameError as error:
        return Measured(pair, {}, 0, False, error.detail)
    except FaceflowError as error:
        return Measured(pair, {}, 0, False, str(error))


def _measure(methods: Sequence[str], pair: Pair, loaded: Loaded) -> Measured:
    first, second, label, landmarks = loaded
    region = region_of(loaded)
    if not region.any():
        raise DatasetError("no pixel of its flow is known, or none but at its edge")
    flows = {"label": label}
    try:
        frames = swap_colours(first), swap_colours(second)
        points = None if landmarks is None else np.stack(landmarks)
        for name in methods:
            flows[name] = bind_landmarks(find_estimator(name), points)(*frames)
    except ArrayError as error:
        raise DatasetError(str(error)) from error
    errors = {n: photometric_error(first, second, flow, region) for n, flow in flows.items()}
    negated = photometric_error(first, second, -label, region)
    jump = landmarks is not None and is_jump(*landmarks, pair.apart)
    return Measured(pair, errors, negated, jump)


def region_of(loaded: Loaded) -> Mask:
    """Where a pair is measured: over the face, or where its label is known, without the edge.

    Flow that is exactly 0 counts as not known where there are no landmarks that tell the face: so
    the reference system and others mark what they have none for.
    """
    known = finite_pixels(loaded.flow)
    if loaded.landmarks is not None:
        return face_region(loaded.landmarks[0], known.shape) & known
    moving = known & _moves(loaded.flow)
    wanted: AnyArray = np.array(moving if moving.any() else known, np.uint8)
    return cv2.erode(wanted, np.ones((_EDGE, _EDGE), np.uint8)).astype(np.bool_)


def _moves(flow: Flow) -> Mask:
    moves: Mask = (flow != 0).any(axis=2)
    return moves
