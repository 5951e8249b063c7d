"""What is to be made of one sequence, known before any frame but the first good one is decoded."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faceflow.dataset.layout import FLOW_SUFFIXES, PairName, SequenceLayout
from faceflow.errors import ArrayError, FrameError
from faceflow.files import natural_sorted, shown
from faceflow.flow.checks import check_landmarks
from faceflow.flow.render import scale_landmarks
from faceflow.generate.config import GenerateConfig
from faceflow.generate.pairs import Pairing
from faceflow.images import read_image
from faceflow.landmarks.choose import choose_faces
from faceflow.landmarks.face import Face, Found
from faceflow.landmarks.reader import FrameReader
from faceflow.sequences import SequenceFolder, stem
from faceflow.truth.rendered import Rendering
from faceflow.types import AnyArray, Landmarks, Size, Triangles

_OUTPUT_PREFIXES = ("", "flow_", "flow_viz_")  # of SequenceLayout's folders
_BLOCK = 256
_FIRST = 64
"""Of these first frames with a face, the number of points that most have is the right one."""


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
        face, error = self._chosen(number, faces)
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
        face, error = self._chosen(number, found)
        if face is None or error is not None:
            raise error or FrameError("no_face", "no face was found")
        return self._counted(face.landmarks)

    def _chosen(self, number: int, faces: Found) -> tuple[Face | None, FrameError | None]:
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


def outline(
    folder: SequenceFolder,
    output: Path,
    config: GenerateConfig,
    limit: int | None = None,
    siblings: Sequence[str] = (),
) -> SequencePlan:
    """Plan names only; nothing is read.

    `limit` cuts the pairs, and frames after them. `siblings` are all sequences of the subject.
    """
    layout = SequenceLayout(
        output, folder.subject, folder.sequence, config.flow_format, config.image_format
    )
    pairing = Pairing(config.stride, config.from_first, config.direction)
    pairs = pairing.count(len(folder.images))
    cut = limit is not None and limit < pairs
    if limit is not None and cut:
        pairs = limit
        folder = replace(folder, images=folder.images[: pairing.frames_for(limit)])
    plan = SequencePlan(folder, layout, config, pairing, pairs, cut)
    return replace(
        plan,
        folder=replace(
            folder, problem=folder.problem or _clash(plan) or _shares_folder(folder, siblings)
        ),
    )


def _clash(plan: SequencePlan) -> str | None:
    """Two outputs of one name, as with frames called ``1`` and ``1_valid``."""
    endings = [FLOW_SUFFIXES[plan.config.flow_format].partition(".")[0], "_valid", "_tri"]
    endings += ["_backward", *(f"_backward{ending}" for ending in endings if ending)]
    endings = [ending for ending in endings if ending]
    start = f"{plan.name(0)}_" if plan.pairing.from_first and plan.folder.images else None
    suspects = [stem(image) for image in plan.folder.images if "_" in image]
    if not any(n.endswith(tuple(endings)) or (start and n.startswith(start)) for n in suspects):
        return None
    names = plan.folder.stems
    paths: list[Path] = []
    if plan.config.writer == "files":
        paths += [plan.layout.image(name) for name in names]
        paths += [plan.layout.landmarks(name) for name in names]
    for late in range(len(plan.folder.images)):
        for pair in plan.pairs_ending_at(late):
            paths += plan.pair_outputs(plan.pair_name(*pair))
    for path, count in Counter(paths).items():
        if count > 1:
            return f"two of its outputs would have the name {shown(path.name)}"
    return None


def _shares_folder(folder: SequenceFolder, siblings: Sequence[str]) -> str | None:
    """Sequences T1 and flow_T1 would write to one folder."""
    for prefix in _OUTPUT_PREFIXES:
        output = prefix + folder.sequence
        owners = {output.removeprefix(other) for other in _OUTPUT_PREFIXES} - {folder.sequence}
        for owner in natural_sorted(owners.intersection(siblings)):
            return f"its output folder {shown(output)} is one of the sequence {shown(owner)} too"
    return None


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
            face, _ = plan._chosen(number, found)
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
