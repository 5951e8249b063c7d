"""Which of a frame's faces is the one that its sequence is about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from faceflow.errors import FrameError
from faceflow.landmarks.face import Face, Found

MIN_CONFIDENCE = 0.725
"""What OpenFace's FeatureExtraction itself calls a success. Its recorded output agrees: faces have
0.78 and more, faces that a track has lost up to 0.68, things that are no faces up to 0.283."""

_AS_CONFIDENT = 0.1  # confidences so close tell nothing about which face is meant
_SAME = 0.6  # displacement in sizes of the face, plus the logarithm of the change of size
_JUMPED = 3.0


class Chosen(NamedTuple):
    """A frame's face, or why there is none to be used."""

    face: Face | None
    """Also there where its confidence is too low."""

    error: FrameError | None = None


def choose_faces(found: Sequence[Found], min_confidence: float = MIN_CONFIDENCE) -> list[Chosen]:
    """Follow one person through a sequence.

    The first frame with a confident face says whom: the most confident, and among those within 0.1
    of it the largest. From then on it is the face that continues the track, however confident or
    large others are, so that people never swap. Where that person is not in a frame that shows
    others who have been seen before, the frame has no face. Where nobody in a frame has been seen
    before, as after a cut, the nearest face goes on.

    Parameters
    ----------
    found
        What was found in each frame, in order.
    min_confidence
        Faces under it are not used; those without a confidence are.

    Returns
    -------
    chosen
        For each frame. Errors are those of `found`, ``no_face`` or ``low_confidence``.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[1.0, 1.0], [9.0, 1.0], [5.0, 9.0]])
    >>> choices = choose_faces([(Face(points, 0.9),), (), (Face(points, 0.2),)])
    >>> [None if c.error is None else c.error.reason for c in choices]
    [None, 'no_face', 'low_confidence']
    """
    tracker = _Tracker(min_confidence)
    return [
        Chosen(None, faces) if isinstance(faces, FrameError) else tracker.choose(faces)
        for faces in found
    ]


class _Place(NamedTuple):
    """Where a face was seen last."""

    x: float
    y: float
    size: float
    frame: int

    def cost(self, other: _Place) -> float:
        """How unlike two places are: a displacement of the face's own size is 1."""
        size = (self.size + other.size) / 2 or 1.0
        ratio = (self.size + 1e-9) / (other.size + 1e-9)
        return math.hypot(self.x - other.x, self.y - other.y) / size + abs(math.log(ratio))


class _Tracker:
    """Knows everybody seen so far by where they were; the first of them is the one followed."""

    def __init__(self, min_confidence: float) -> None:
        self.min_confidence = min_confidence
        self.people: list[_Place] = []
        self.frame = 0

    def choose(self, faces: tuple[Face, ...]) -> Chosen:
        self.frame += 1
        if not faces:
            return Chosen(None, FrameError("no_face", "no face was found"))
        if not self.people:
            return self._begin(faces)
        owners = self._owners(faces)
        for face, owner in zip(faces, owners, strict=True):
            if owner is not None:
                self.people[owner] = self._place(face)
            elif self._confident(face):
                self.people.append(self._place(face))
        if 0 in owners:
            return self._checked(faces[owners.index(0)])
        best = max(faces, key=_confidence)
        if not self._confident(best):
            return self._checked(best)
        others = "the face found is another" if len(faces) == 1 else f"it is none of {len(faces)}"
        return Chosen(None, FrameError("no_face", f"the face followed is not there: {others}"))

    def _begin(self, faces: tuple[Face, ...]) -> Chosen:
        best = max(map(_confidence, faces))
        rivals = [face for face in faces if _confidence(face) >= best - _AS_CONFIDENT]
        subject = max(rivals, key=lambda face: self._place(face).size)
        if not self._confident(subject):
            subject = max(faces, key=_confidence)
        if self._confident(subject):
            others = [f for f in faces if f is not subject and self._confident(f)]
            self.people = [self._place(face) for face in (subject, *others)]
        return self._checked(subject)

    def _owners(self, faces: tuple[Face, ...]) -> list[int | None]:
        """Who each face is: the likeliest matches first, then those who have moved far."""
        places = [self._place(face) for face in faces]
        owners: list[int | None] = [None] * len(faces)
        self._match(places, owners, range(len(self.people)), _SAME)
        known = [owner for owner in owners if owner is not None]
        last = max(place.frame for place in self.people)
        recent = [i for i, place in enumerate(self.people) if place.frame == last]
        unseen = [i for i in recent if i not in known]
        sure = [
            place if self._confident(f) else None for f, place in zip(faces, places, strict=True)
        ]
        self._match(sure, owners, unseen, _JUMPED if known else math.inf)
        return owners

    def _match(
        self,
        places: Sequence[_Place | None],
        owners: list[int | None],
        people: Sequence[int],
        most: float,
    ) -> None:
        costs = sorted(
            (place.cost(self.people[person]), number, person)
            for number, place in enumerate(places)
            for person in people
            if place is not None
        )
        for cost, number, person in costs:
            if cost <= most and owners[number] is None and person not in owners:
                owners[number] = person

    def _place(self, face: Face) -> _Place:
        low, high = face.landmarks.min(axis=0), face.landmarks.max(axis=0)
        x, y = ((low + high) / 2).tolist()
        return _Place(x, y, float((high - low).mean()), self.frame)

    def _confident(self, face: Face) -> bool:
        return _confidence(face) >= self.min_confidence

    def _checked(self, face: Face) -> Chosen:
        if self._confident(face):
            return Chosen(face)
        detail = f"confidence {face.confidence} is under {self.min_confidence}"
        return Chosen(face, FrameError("low_confidence", detail))


def _confidence(face: Face) -> float:
    return 1.0 if face.confidence is None else face.confidence
