"""What the frames of a sequence have in common, from what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from faceflow.errors import FrameError
from faceflow.generate.config import GenerateConfig
from faceflow.generate.plan import Refined, SequencePlan
from faceflow.images import read_image
from faceflow.landmarks.choose import choose_faces
from faceflow.landmarks.face import Found
from faceflow.landmarks.reader import FrameReader
from faceflow.types import Landmarks, Triangles

_BLOCK = 256
_FIRST = 64
"""Of these first frames with a face, the number of points that most have is the right one."""


def complete(plan: SequencePlan, reader: FrameReader) -> SequencePlan:
    """Choose the faces, and read the frames up to the first good one: size and triangles follow.

    Where the first frames have no face, the triangles are those of the first that has; where later
    ones have none, the triangles stay: flows of one sequence can be compared, before and after.
    """
    plan = with_faces(plan, reader)
    for number, image in enumerate(plan.folder.images):
        try:
            size = read_image(plan.folder.folder / image).shape[:2]
            if plan.source_size is None:
                plan = replace(plan, source_size=size)
            if size != plan.source_size:
                continue
            (known,) = plan.landmarks(range(number, number + 1))
            triangles = _triangles(known.landmarks(), plan.config)
            return replace(plan, triangles=triangles, first=number)
        except FrameError:
            continue
    return plan


def with_faces(plan: SequencePlan, reader: FrameReader) -> SequencePlan:
    """Choose each frame's face, and find how many landmarks a frame has."""
    plan = replace(plan, reader=reader)
    if reader.several:
        plan = _choose(plan, reader)
    points = _usual_points(plan)
    return replace(plan, points=points, tracked=_tracked(points, plan.config))


def with_refined(plan: SequencePlan, reader: FrameReader, refined: Refined) -> SequencePlan:
    """The plan with other landmarks, which triangles follow."""
    plan = replace(plan, reader=reader, refined=refined)
    assert plan.first is not None
    (known,) = plan.landmarks(range(plan.first, plan.first + 1))
    return replace(plan, triangles=_triangles(known.landmarks(), plan.config))


def _choose(plan: SequencePlan, reader: FrameReader) -> SequencePlan:
    count = len(plan.folder.images)
    choices, errors = np.full(count, -1, np.int16), {}
    blocks = (range(i, min(i + _BLOCK, count)) for i in range(0, count, _BLOCK))
    faces: list[Found] = []

    def remembered() -> Iterator[Found]:
        for block in blocks:
            for found in reader.read(block):
                faces.append(found)
                yield found

    chosen = choose_faces(remembered(), plan.config.landmarks.min_confidence)
    for number, choice in enumerate(chosen):
        found = faces.pop()
        if choice.error is not None and not isinstance(found, FrameError):
            errors[number] = choice.error
        if choice.face is not None and not isinstance(found, FrameError):
            choices[number] = next(i for i, face in enumerate(found) if face is choice.face)
    return replace(plan, choices=choices, errors=errors)


def _usual_points(plan: SequencePlan) -> int | None:
    counts: Counter[int] = Counter()
    for start in range(0, len(plan.folder.images), _FIRST):
        numbers = range(start, min(start + _FIRST, len(plan.folder.images)))
        assert plan.reader is not None
        for number, found in zip(numbers, plan.reader.read(numbers), strict=True):
            face, _ = plan.chosen(number, found)
            counts.update([] if face is None else [len(face.landmarks)])
            if counts.total() == _FIRST:
                return counts.most_common(1)[0][0]
    return counts.most_common(1)[0][0] if counts else None


def _tracked(points: int | None, config: GenerateConfig) -> int | None:
    """What is placed at the border is no truth."""
    return points if config.placement.border else None


def _triangles(first: Landmarks, config: GenerateConfig) -> Triangles | None:
    if config.triangulation == "each":
        return None
    return config.placement.triangulate(first)
