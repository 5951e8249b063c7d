"""Which of a frame's faces is the one that its sequence is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceflow.errors import FrameError
from faceflow.landmarks.assignment import Floats, Ints, assign
from faceflow.landmarks.face import Face, Found

MIN_CONFIDENCE = 0.725
"""What OpenFace's FeatureExtraction itself calls a success. Its recorded output agrees: faces have
0.78 and more, faces that a track has lost up to 0.68, things that are no faces up to 0.283."""

_AS_CONFIDENT = 0.1  # confidences so close tell nothing about which face is meant

# Moves between two frames: displacement in sizes of the face, plus the logarithm of the change of
# size. Who has moved by more is somebody else.
_SAME = 0.6
_AWAY = 1.0  # of those who were not in the frame before
_JUMPED = 3.0  # of those who were, while somebody else is known by less

# Costs of matches, in moves. Who seems to stay in place is hardly somebody else, so that the first
# bit of a move costs twice.
_STILL = 0.3
_NEWCOMER = _JUMPED + 0.7  # more than any match, so that nobody is new who may be known

_DUPLICATE = 0.3  # two faces so near, in sizes, and of so like a size (logarithm) are one
_LIKE = 0.25
_REMEMBERED = 100
_CROWD = 64  # faces looked at in a frame, which bounds its time

_Bools: TypeAlias = NDArray[np.bool_]


class Chosen(NamedTuple):
    """A frame's face, or why there is none to be used."""

    face: Face | None
    """Also there where its confidence is too low."""

    error: FrameError | None = None


def choose_faces(
    found: Iterable[Found], min_confidence: float = MIN_CONFIDENCE
) -> Iterator[Chosen]:
    """Follow one person through a sequence.

    The first frame with a confident face says whom: the most confident, and among those within 0.1
    of it the largest. From then on it is the face that continues the track, however confident or
    large others are.

    Everybody in the picture is followed, so that people do not swap: of all ways to match a frame's
    confident faces with the people of the frame before, the one with the smallest moves is taken.

    * Who moves by up to the size of their face (the mean of its width and height) between frames
      keeps their identity, also where somebody else was earlier. Beside somebody who is still
      there, a move of up to 3 sizes is followed where nobody else explains it.
    * Where nobody is about where they were, as after a cut, people keep their arrangement; a face
      that is alone is that of whoever was nearest in the last frame that had any.
    * Who was away is known again within one size of where they were. Others are forgotten after
      100 frames with faces that do not have theirs; the person followed never is.
    * Faces under `min_confidence` continue a track only where no confident face does, by up to 0.6
      sizes, and make nobody known. Two confident ones that overlap strongly are the same face
      found twice: the more confident counts, then the larger.
    * Frames without faces and those that could not be looked at change nothing.

    Where the person followed is not in a frame that shows others, the frame has no face. That stays
    so to the end if they never come back, or come back elsewhere while others are there. Places
    cannot tell everything: who appears alone just when the person followed has gone, or within 3
    sizes of them beside others, is taken for them.

    Of more than 64 faces in a frame, the 64 nearest to the person followed are looked at.

    Parameters
    ----------
    found
        What was found in each frame, in order.
    min_confidence
        Faces under it are not used; those without a confidence are.

    Yields
    ------
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
    for faces in found:
        yield Chosen(None, faces) if isinstance(faces, FrameError) else tracker.choose(faces)


class _Tracker:
    """Knows people by where they were (x, y, size, frame); the first is the one followed.

    `seen` is where they were last, `sure` where a confident face last said so: a track that drifts
    away on unsure faces is found again where it was lost.
    """

    def __init__(self, min_confidence: float) -> None:
        self.min_confidence = min_confidence
        self.seen = np.empty((0, 4))
        self.sure = np.empty((0, 4))
        self.frame = 0  # of those with faces

    def choose(self, faces: tuple[Face, ...]) -> Chosen:
        if not faces:
            return Chosen(None, FrameError("no_face", "no face was found"))
        self.frame += 1
        if not len(self.seen):
            subject = self._subject(faces)
            if not self._confident(subject):
                return self._checked(subject)
            self._add(self._places([subject]))
        distinct, places = self._distinct(faces)
        sure = np.array([self._confident(face) for face in distinct])
        owners = self._owners(places, sure)
        self._remember(places, sure, owners)
        return self._answer(distinct, owners.tolist())

    def _subject(self, faces: tuple[Face, ...]) -> Face:
        """Whom to follow."""
        best = max(faces, key=_confidence)
        rivals = [f for f in faces if _confidence(f) >= _confidence(best) - _AS_CONFIDENT]
        largest = rivals[int(np.argmax(self._places(rivals)[:, 2]))]
        return largest if self._confident(largest) else best

    def _distinct(self, faces: Sequence[Face]) -> tuple[Sequence[Face], Floats]:
        """The frame's faces, each once, and where they are."""
        places = self._places(faces)
        if len(faces) == 1:
            return faces, places
        crowd = np.argsort(_distances(self.seen[:1], places)[:, 0], kind="stable")[:_CROWD]
        places = places[crowd]
        size = places[:, 2, None]
        gap, ratio = _distances(places, places), np.abs(np.log(size / size.T))
        same = (gap <= _DUPLICATE * (size + size.T) / 2) & (ratio <= _LIKE)
        confidence = [_confidence(faces[i]) for i in crowd]
        kept: list[int] = []
        for one in np.lexsort((-size[:, 0], np.negative(confidence))).tolist():
            if not same[one, kept].any():
                kept.append(one)
        return [faces[crowd[one]] for one in kept], places[kept]

    def _owners(self, places: Floats, sure: _Bools) -> Ints:
        """Who each face is, -1 where it is nobody known."""
        moves = _moves(np.stack([self.seen, self.sure]), places)
        away = np.stack([self.seen[:, 3], self.sure[:, 3]]) < self.seen[:, 3].max()
        near = moves[0] <= np.where(away[0] & sure[:, None], _AWAY, _SAME)
        owners = np.full(len(places), -1)
        if not near[sure].any() and not near[:, ~away[0]].any():
            if sure.any():
                owners[sure] = self._rearranged(places[sure])
            return owners
        confident, away = sure[:, None], away[:, None]
        for possible in (
            ~away & confident & (moves <= _JUMPED),
            away & confident & (moves <= _AWAY),
            near & ~confident,
        ):
            if possible.any():
                _match(owners, np.where(possible, moves, np.inf).min(axis=0), moves.min(axis=0))
        return owners

    def _remember(self, places: Floats, sure: _Bools, owners: Ints) -> None:
        """Where everybody is now; who is new, and who has been away for long."""
        known = owners >= 0
        self.seen[owners[known]] = places[known]
        self.sure[owners[known & sure]] = places[known & sure]
        remembered = self.seen[:, 3] >= self.frame - _REMEMBERED
        remembered[0] = True
        self.seen, self.sure = self.seen[remembered], self.sure[remembered]
        new = places[sure & ~known]
        size = np.maximum(new[:, 2, None], self.seen[:, 2])
        self._add(new[(_distances(self.seen, new) > _SAME * size).all(axis=1)])

    def _rearranged(self, places: Floats) -> Ints:
        """Who each face is after a cut: squares of moves tell apart arrangements, not shifts."""
        (latest,) = np.nonzero(self.seen[:, 3] == self.seen[:, 3].max())
        known = self.seen[latest]
        scale = np.concatenate([known[:, 2], places[:, 2]]).mean()
        ratio = np.log(places[:, 2, None] / known[:, 2])
        costs = (_distances(known, places) / scale) ** 2 + ratio**2
        owners = assign(costs, costs.sum() + 1.0)
        return np.where(owners < 0, -1, latest[owners])

    def _answer(self, faces: Sequence[Face], owners: list[int]) -> Chosen:
        if 0 in owners:
            return self._checked(faces[owners.index(0)])
        best, owner = max(zip(faces, owners, strict=True), key=lambda one: _confidence(one[0]))
        if owner < 0 and not self._confident(best):
            return self._checked(best)
        others = "the face found is another" if len(faces) == 1 else f"it is none of {len(faces)}"
        return Chosen(None, FrameError("no_face", f"the face followed is not there: {others}"))

    def _add(self, places: Floats) -> None:
        self.seen = np.concatenate([self.seen, places])
        self.sure = np.concatenate([self.sure, places])

    def _places(self, faces: Sequence[Face]) -> Floats:
        """(F, 4): centre, size and frame; nothing is smaller than a pixel."""
        corners = np.array([(f.landmarks.min(axis=0), f.landmarks.max(axis=0)) for f in faces])
        size = np.maximum((corners[:, 1] - corners[:, 0]).mean(axis=1), 1.0)
        frame = np.full(len(faces), self.frame)
        return np.column_stack([corners.mean(axis=1), size, frame])

    def _confident(self, face: Face) -> bool:
        return _confidence(face) >= self.min_confidence

    def _checked(self, face: Face) -> Chosen:
        if self._confident(face):
            return Chosen(face)
        detail = f"confidence {face.confidence} is under {self.min_confidence}"
        return Chosen(face, FrameError("low_confidence", detail))


def _confidence(face: Face) -> float:
    return 1.0 if face.confidence is None else face.confidence


def _distances(known: Floats, places: Floats) -> Floats:
    """(..., F, P) for known (..., P, 4), in pixels."""
    gap: Floats = places[:, None, :2] - known[..., None, :, :2]
    return np.hypot(gap[..., 0], gap[..., 1])


def _moves(known: Floats, places: Floats) -> Floats:
    """(..., F, P): displacement in sizes of the face, plus the logarithm of the change of size."""
    size, before = places[:, 2, None], known[..., None, :, 2]
    return 2 * _distances(known, places) / (size + before) + np.abs(np.log(size / before))


def _match(owners: Ints, possible: Floats, moves: Floats) -> None:
    """Find owners for faces that have none or one from far, among the people of whom that holds."""
    held = owners >= 0
    held[held] = moves[held, owners[held]] <= _AWAY
    # The square keeps the arrangement where sums of moves are equal, as they are in a row.
    costs = possible + np.minimum(possible, _STILL) + 0.01 * possible**2
    costs[held], costs[:, owners[held]] = np.inf, np.inf
    taken = assign(costs, _NEWCOMER)
    owners[np.isin(owners, taken)] = -1
    owners[taken >= 0] = taken[taken >= 0]
