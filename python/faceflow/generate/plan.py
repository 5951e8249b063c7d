"""What is to be made of one sequence, known before any frame but the first good one is decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from faceflow.dataset.layout import PairName, SequenceLayout
from faceflow.errors import ArrayError, FrameError
from faceflow.flow.checks import check_landmarks
from faceflow.flow.render import scale_landmarks
from faceflow.generate.config import GenerateConfig
from faceflow.generate.pairs import Pairing
from faceflow.landmarks.face import Face, Found
from faceflow.landmarks.reader import FrameReader
from faceflow.sequences import SequenceFolder, stem
from faceflow.truth.rendered import Rendering
from faceflow.types import AnyArray, Landmarks, Size, Triangles


@dataclass(frozen=True)
class Portraits:
    """Images of one person, the first good one of which is the photograph to render from."""

    name: str
    """The person's, as a subject."""
    sequence: str
    """What the person has more than one of; empty for a single photograph."""
    folder: SequenceFolder
    """What a landmark source is asked about."""
    numbers: range
    """Which of its images."""
    digest: bytes
    """Of them, as `SequenceFolder.digest`."""

    @property
    def photographs(self) -> SequenceFolder:
        """Only them."""
        images = self.folder.images[self.numbers.start : self.numbers.stop]
        return replace(self.folder, images=images)


class Refined(NamedTuple):
    """What refining a sequence's landmarks came to."""

    digest: bytes
    """Of all corrections."""
    correction: float
    """The mean of their lengths, px of the source."""
    confidence: float
    """The mean of theirs, from 0 (the detector's motion is kept) to 1."""

    def as_json(self) -> dict[str, float]:
        """As ``sequence.json`` holds it."""
        return {
            "correction_px": round(self.correction, 4),
            "confidence": round(self.confidence, 4),
        }


class FrameLandmarks:
    """What is known of a frame: its landmarks in pixels of the output, or why there are none."""

    def __init__(
        self, face: Face | None, error: FrameError | None, repaired: int | None = None
    ) -> None:
        self.confidence = None if face is None else face.confidence
        self.error = error
        self.repaired = repaired
        self._landmarks = None if face is None else face.landmarks

    def landmarks(self) -> Landmarks:
        """(N, 2) float64; FrameError where there are none to be used."""
        if self.error is not None or self._landmarks is None:
            raise self.error or FrameError("no_face", "no face was found")
        return self._landmarks


@dataclass(frozen=True)
class SequencePlan:
    """A sequence, where its files go, and what its frames have in common.

    Sent whole to whoever makes a part of it, so that any part can be made anywhere.
    """

    folder: SequenceFolder
    layout: SequenceLayout
    config: GenerateConfig
    pairing: Pairing
    pairs: int
    """How many: all that its frames make, or fewer where a limit cut them."""
    cut: bool = False
    """Whether a limit left out frames or pairs."""
    reader: FrameReader | None = None
    choices: AnyArray | None = None
    """int16: which of each frame's faces is meant, -1 for none; None where the first is."""
    errors: dict[int, FrameError] = field(default_factory=dict)
    """Why a frame that has faces, or none, is not to be used."""
    points: int | None = None
    """How many landmarks a frame has."""
    source_size: Size | None = None
    """Of the first frame that can be read; None if there is none."""
    triangles: Triangles | None = None
    """For every pair; None if each has its own."""
    first: int | None = None
    """The number of the first good frame."""
    portraits: Portraits | None = None
    """What the photograph is taken from if not from `folder`, which then has a motion's frames."""
    photograph: Path | None = None
    """What frames are rendered from; None where they are not."""
    rendering: Rendering | None = None
    """How frames are rendered; None where they are not, or cannot be."""
    unusable: FrameError | None = None
    """Why no frame can be rendered."""
    tracked: int | None = None
    """How many of a frame's landmarks as used, the first, count as truth; None for all."""
    refined: Refined | None = None
    """What refining its landmarks came to; None where they are used as they were found."""

    @property
    def size(self) -> Size | None:
        """Of what is written; None if no frame can be read."""
        return self.config.size or self.source_size

    @property
    def asked(self) -> SequenceFolder:
        """What a landmark source is asked about."""
        return self.folder if self.portraits is None else self.portraits.folder

    def name(self, number: int) -> str:
        """A frame's name."""
        return stem(self.folder.images[number])

    def pairs_ending_at(self, late: int) -> list[tuple[int, int]]:
        """The pairs (first, second) whose later frame is `late`."""
        ending = self.pairing.ending_at(late)
        return ending[: max(0, self.pairs - self.pairing.count(late))]

    def pair_name(self, first: int, second: int) -> PairName:
        """What the files of a pair are called after."""
        backward = second < first
        return PairName(self.name(first), self.name(second), backward, self.pairing.from_first)

    def pairs_of(self, numbers: range) -> Iterator[tuple[int, int]]:
        """The pairs of a unit of frames, in the order in which they are made."""
        reach = self.pairing.reach
        stop = min(numbers.stop + reach, len(self.folder.images))
        for late in range(numbers.start + reach, stop):
            yield from self.pairs_ending_at(late)

    def pair_outputs(self, pair: PairName) -> set[Path]:
        """Every file that is one pair's alone."""
        paths = set()
        if self.config.writer == "files":
            paths.add(self.layout.flow(pair))
            if self.config.writes_masks:
                paths.add(self.layout.valid(pair))
        if self.config.viz in ("flow", "all"):
            paths.add(self.layout.flow_picture(pair))
        if self.config.viz in ("mesh", "all"):
            paths.add(self.layout.mesh_picture(pair))
        return paths

    def landmarks(self, numbers: range) -> list[FrameLandmarks]:
        """What is known of some frames."""
        assert self.reader is not None
        found = self.reader.read(numbers)
        return [self._known(number, faces) for number, faces in zip(numbers, found, strict=True)]

    def _known(self, number: int, faces: Found) -> FrameLandmarks:
        face, error = self.chosen(number, faces)
        error = error or self.unusable
        if face is None or error is not None:
            return FrameLandmarks(face, error)
        try:
            landmarks, repaired = self._placed(number, face.landmarks)
        except FrameError as wrong:
            return FrameLandmarks(face, wrong)
        return FrameLandmarks(face._replace(landmarks=landmarks), None, repaired)

    def _placed(self, number: int, landmarks: Landmarks) -> tuple[Landmarks, int | None]:
        """In pixels of the output; and how many were held back, of a rendered frame."""
        if self.rendering is None:
            return self._usable(landmarks), None
        return self.rendering.landmarks(number, self._counted(landmarks))

    def face(self, number: int) -> Landmarks:
        """(N, 2) of a frame as found, in pixels of its image; FrameError where there are none."""
        assert self.reader is not None
        (found,) = self.reader.read(range(number, number + 1))
        return self._found(number, found)

    def faces(self, numbers: range) -> list[Landmarks | None]:
        """(N, 2) of some frames as found, in pixels of their images; None where there are none."""
        assert self.reader is not None
        faces: list[Landmarks | None] = []
        for number, found in zip(numbers, self.reader.read(numbers), strict=True):
            try:
                faces.append(self._found(number, found))
            except FrameError:
                faces.append(None)
        return faces

    def _found(self, number: int, found: Found) -> Landmarks:
        face, error = self.chosen(number, found)
        if face is None or error is not None:
            raise error or FrameError("no_face", "no face was found")
        return self._counted(face.landmarks)

    def chosen(self, number: int, faces: Found) -> tuple[Face | None, FrameError | None]:
        """Which of a frame's faces is meant, and why it is not to be used."""
        if isinstance(faces, FrameError):
            return None, faces
        if self.choices is None:
            return faces[0], None
        choice = int(self.choices[number])
        return faces[choice] if choice >= 0 else None, self.errors.get(number)

    def _counted(self, landmarks: Landmarks) -> Landmarks:
        placement = self.config.placement
        if placement.points not in (None, len(landmarks)):
            option = "--extend forehead" if placement.forehead else "--triangulation mean"
            detail = f"{len(landmarks)} landmarks, {option} takes {placement.points} (iBUG's)"
            raise FrameError("wrong_point_count", detail)
        if len(landmarks) != self.points:
            detail = f"{len(landmarks)} landmarks, the sequence has {self.points}"
            raise FrameError("wrong_point_count", detail)
        return landmarks

    def _usable(self, landmarks: Landmarks) -> Landmarks:
        landmarks = self._counted(landmarks)
        if self.source_size is None or self.size is None:
            return landmarks
        try:
            scaled = scale_landmarks(landmarks, self.source_size, self.size)
            checked = check_landmarks("landmarks", scaled)
        except ArrayError as error:
            raise FrameError("bad_landmarks", f"in pixels of the output, {error}") from error
        return self.config.placement.place(checked, self.size)

    def digest(self) -> bytes:
        """What changes when what its frames have in common does."""
        facts: tuple[object, ...] = (self.points, self.source_size)
        if self.tracked is not None:
            facts += (self.tracked,)
        triangles = b"" if self.triangles is None else self.triangles.tobytes()
        choices = b"" if self.choices is None else self.choices.tobytes()
        rendering = b"" if self.rendering is None else self.rendering.digest()
        refined = b"" if self.refined is None else self.refined.digest
        known = repr(facts).encode() + triangles + choices + rendering + refined
        return hashlib.sha256(known).digest()
