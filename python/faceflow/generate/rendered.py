"""What a sequence that is rendered is rendered from, known before any frame is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faceflow.errors import FrameError
from faceflow.files import shown
from faceflow.flow.triangulation import triangulate
from faceflow.generate.complete import with_faces
from faceflow.generate.plan import Portraits, SequencePlan
from faceflow.images import read_image
from faceflow.landmarks.choose import choose_faces
from faceflow.landmarks.reader import FrameReader
from faceflow.truth.rendered import begin_rendering
from faceflow.types import Landmarks, Size


def begin_rendered(plan: SequencePlan, reader: FrameReader) -> SequencePlan:
    """Find what a sequence is rendered from: of its own plan, completed, the first good frame.

    `reader` tells the landmarks of what the photograph is taken from.
    """
    if plan.portraits is not None:
        return _transferred(plan, plan.portraits, reader)
    number = plan.first
    if number is None:
        return plan
    plan = replace(plan, photograph=plan.folder.folder / plan.folder.images[number])
    face = plan.face(number)
    return _posed(plan, number, face, face)


def _transferred(plan: SequencePlan, portraits: Portraits, reader: FrameReader) -> SequencePlan:
    assert plan.reader is not None
    plan = with_faces(plan, plan.reader)
    photograph = _find_photograph(portraits, reader, plan.config.landmarks.min_confidence)
    plan = replace(plan, photograph=photograph.path, source_size=photograph.size)
    if isinstance(photograph.face, FrameError):
        return replace(plan, unusable=_of_photograph(photograph.path, photograph.face))
    if plan.points is not None and len(photograph.face) != plan.points:
        detail = f"{len(photograph.face)} landmarks, the motion has {plan.points}"
        error = FrameError("wrong_point_count", detail)
        return replace(plan, unusable=_of_photograph(photograph.path, error))
    for number in range(len(plan.folder.images)):
        try:
            start = plan.face(number)
        except FrameError:
            continue
        return _posed(plan, number, start, photograph.face)
    return plan


class _Photograph(NamedTuple):
    path: Path
    size: Size | None
    """None where it cannot be read."""
    face: Landmarks | FrameError


def _find_photograph(portraits: Portraits, reader: FrameReader, confidence: float) -> _Photograph:
    """The first good one; if there is none, the first that can be read, and what it lacks."""
    best: _Photograph | None = None
    for number in portraits.numbers:
        path = portraits.folder.folder / portraits.folder.images[number]
        try:
            size = read_image(path).shape[:2]
        except FrameError as error:
            best = best or _Photograph(path, None, error)
            continue
        (face,) = choose_faces(reader.read(range(number, number + 1)), confidence)
        if face.error is None and face.face is not None:
            return _Photograph(path, size, face.face.landmarks)
        if best is None or best.size is None:
            best = _Photograph(path, size, face.error or FrameError("no_face", "no face was found"))
    assert best is not None
    return best


def _of_photograph(path: Path, error: FrameError) -> FrameError:
    return FrameError(error.reason, f"photograph {shown(path.name)}: {error.detail}")


def _posed(plan: SequencePlan, number: int, start: Landmarks, face: Landmarks) -> SequencePlan:
    size = plan.size
    assert plan.source_size is not None
    assert size is not None
    options, placement = plan.config.rendering, plan.config.placement
    low, high = face.min(axis=0), face.max(axis=0)
    H, W = plan.source_size
    inside = ((high > 0) & (low < (W - 1, H - 1))).all()
    if not inside or len(triangulate(np.ascontiguousarray(face))) == 0:
        detail = "its landmarks lie on one line, or outside of the image: nothing can move"
        assert plan.photograph is not None
        return replace(
            plan, unusable=_of_photograph(plan.photograph, FrameError("bad_landmarks", detail))
        )
    rendering = begin_rendering(
        options, placement, plan.folder.key, number, start, face, plan.source_size, size
    )
    return replace(plan, first=number, rendering=rendering, triangles=rendering.triangles)
