"""Refining the landmarks of a sequence: stages before its frames and flow are made.

The images are looked at in runs of frames, of which any can be made anywhere; what was found is
kept in a file each, so that a run that was stopped goes on. Then it is fused over the whole
sequence, forward and back, by whoever takes that part: a run at a time is in memory, and of the
others what is known at their first frame.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faceflow.errors import FrameError
from faceflow.execute.work import Stream, Work
from faceflow.files import temporary_path
from faceflow.flow.triangulation import triangulate
from faceflow.generate.complete import with_refined
from faceflow.generate.motionfile import has_steps, read_steps, write_steps
from faceflow.generate.plan import Refined, SequencePlan
from faceflow.images import read_image
from faceflow.landmarks.face import Found
from faceflow.landmarks.reader import FrameReader
from faceflow.opencv import cv2
from faceflow.truth.refinement.fusion import advance, begin, confidence, estimate, go_back
from faceflow.truth.refinement.motion import (
    DETECTOR_SHARE,
    Seen,
    cut,
    face_box,
    face_size,
    measure_steps,
)
from faceflow.types import AnyArray, Landmarks, Triangles

_RUN = 32
_SUFFIX = ".refined"
_VERSION = b"2"  # of the method: what was kept of another is found anew
_CORRECTION = np.dtype("<f4")


def refine(plan: SequencePlan, images: bytes, stopped: Callable[[], bool]) -> Work[SequencePlan]:
    """Refine the landmarks of a sequence, if it is to be, and has any.

    Parameters
    ----------
    plan
        Completed.
    images
        A digest of them.
    stopped
        Whether the run is to end.

    Returns
    -------
    plan
        One whose landmarks are refined, unless the run was stopped.
    """
    if not plan.config.refines:
        return plan
    if plan.first is None:
        yield [partial(Motions, motions_of(plan))]  # there are none to be measured
        return plan
    plan.layout.parts.mkdir(parents=True, exist_ok=True)
    yield Stream(partial(measure_run, images=images, stopped=stopped), plan, _runs(plan))
    if stopped():
        return plan
    (plan,) = yield [partial(fuse_runs, plan)]
    return plan


def forget_refinement(plan: SequencePlan) -> None:
    """Take away what was kept meanwhile."""
    if plan.layout.parts.is_dir():
        for path in plan.layout.parts.glob(f"*{_SUFFIX}"):
            path.unlink()


def _runs(plan: SequencePlan) -> Iterator[range]:
    """Of the frames that steps lead from."""
    last = len(plan.folder.images) - 1
    for start in range(0, last, _RUN):
        yield range(start, min(start + _RUN, last))


def _motion_path(plan: SequencePlan, numbers: range) -> Path:
    return plan.layout.parts / f"motion-{numbers.start:06}{_SUFFIX}"


def _corrections_path(plan: SequencePlan) -> Path:
    return plan.layout.parts / f"corrections{_SUFFIX}"


class Motions(NamedTuple):
    """What became of a run of them."""

    measured: int


def motions_of(plan: SequencePlan) -> int:
    """How many motions, from a frame to the next, are measured to refine a sequence's landmarks."""
    return max(len(plan.folder.images) - 1, 0) if plan.config.refines else 0


def measure_run(
    plan: SequencePlan, numbers: range, images: bytes, stopped: Callable[[], bool]
) -> Motions | None:
    """Find how corrections change over a run of frames, and keep it in a file.

    None once the run is to end.
    """
    tracks = plan.faces(range(numbers.start, numbers.stop + 1))
    first = _first_face(plan)
    triangles = triangulate(np.ascontiguousarray(first))
    key = _key(images, plan.config.refine_with, triangles, [first, *tracks])
    path = _motion_path(plan, numbers)
    if not has_steps(path, key):
        frames = _seen(plan, numbers.start, tracks, stopped)
        if frames is None:
            return None
        dense = plan.config.refine_with
        steps = measure_steps(frames, len(first), triangles, _deviation(first), dense)
        write_steps(path, key, steps)
    return Motions(len(numbers))


def _first_face(plan: SequencePlan) -> Landmarks:
    assert plan.first is not None
    return plan.face(plan.first)


def _deviation(first: Landmarks) -> float:
    return DETECTOR_SHARE * face_size(first)


def _key(images: bytes, dense: str, triangles: Triangles, tracks: list[Landmarks | None]) -> bytes:
    from faceflow.methods.registry import identify_method  # loaded where landmarks are refined

    versions = _VERSION + cv2.__version__.encode() + identify_method(dense).encode()
    digest = hashlib.sha256(images + versions + triangles.tobytes())
    for points in tracks:
        digest.update(b"-" if points is None else np.ascontiguousarray(points).tobytes())
    return digest.digest()


def _seen(
    plan: SequencePlan, start: int, tracks: list[Landmarks | None], stopped: Callable[[], bool]
) -> list[Seen | None] | None:
    """What is seen of some frames; None once the run is to end."""
    assert plan.source_size is not None
    faces = [points for points in tracks if points is not None]
    box = face_box(faces, plan.source_size) if faces else None
    frames: list[Seen | None] = []
    for number, points in enumerate(tracks, start):
        if stopped():
            return None
        frame = None
        if points is not None and box is not None:
            frame = _see(plan, number, points, box)
        frames.append(frame)
    return frames


def _see(
    plan: SequencePlan, number: int, points: Landmarks, box: tuple[slice, slice]
) -> Seen | None:
    """None of a frame that fails: why, is said where it is made."""
    try:
        image = read_image(plan.folder.folder / plan.folder.images[number])
    except FrameError:
        return None
    return cut(image, points, box) if image.shape[:2] == plan.source_size else None


def fuse_runs(plan: SequencePlan) -> SequencePlan:
    """Find the corrections of all frames from what is kept of their runs; keep them in a file."""
    assert plan.reader is not None
    first = _first_face(plan)
    points, deviation = len(first), _deviation(first)
    runs = list(_runs(plan))
    known = [begin(points, deviation)]
    for numbers in runs:
        steps = read_steps(_motion_path(plan, numbers), len(numbers), points)
        known.append(advance(known[-1], steps, deviation))
    path = _corrections_path(plan)
    with _Corrections(path, points) as corrections:
        last = estimate(known.pop())
        corrections.put(len(plan.folder.images) - 1, last[None])
        for numbers in reversed(runs):
            steps = read_steps(_motion_path(plan, numbers), len(numbers), points)
            found = go_back(known.pop(), steps, last, deviation)
            corrections.put(numbers.start, found)
            corrections.confidences += float(confidence(steps, deviation).sum())
            last = found[0]
    reader = RefinedReader(plan.reader, path, points, plan.choices)
    return with_refined(plan, reader, corrections.summary(max(len(plan.folder.images) - 1, 1)))


class _Corrections:
    """Writes corrections from the last frame to the first."""

    def __init__(self, path: Path, points: int) -> None:
        self.path, self.points = path, points
        self.confidences = 0.0
        self._frames = 0
        self._lengths = 0.0
        self._digest = hashlib.sha256()
        self._temporary = temporary_path(path)

    def __enter__(self) -> _Corrections:
        self._file = self._temporary.open("wb")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._file.close()
        if kind is None:
            self._temporary.replace(self.path)
        else:
            self._temporary.unlink(missing_ok=True)

    def put(self, number: int, corrections: AnyArray) -> None:
        """Keep those of the frames from one on, (T, N, 2)."""
        data = corrections.astype(_CORRECTION).tobytes()
        self._file.seek(number * self.points * 2 * _CORRECTION.itemsize)
        self._file.write(data)
        self._digest.update(data)
        self._lengths += float(np.sqrt((corrections**2).sum(axis=-1)).sum())
        self._frames += len(corrections)

    def summary(self, steps: int) -> Refined:
        """What it came to."""
        mean = self._lengths / (self._frames * self.points)
        return Refined(self._digest.digest(), mean, self.confidences / (steps * self.points))


@dataclass(frozen=True)
class RefinedReader:
    """Reads what another reads of frames, with the landmarks of the meant faces corrected."""

    reader: FrameReader
    path: Path
    """The corrections."""
    points: int
    choices: AnyArray | None
    """As those of the plan."""

    @property
    def several(self) -> bool:
        """As the other."""
        return self.reader.several

    def read(self, numbers: range) -> list[Found]:
        """What is in some of the frames."""
        found = self.reader.read(numbers)
        return list(map(self._corrected, numbers, found, self._corrections(numbers)))

    def _corrected(self, number: int, faces: Found, correction: AnyArray) -> Found:
        if isinstance(faces, FrameError) or not correction.any():
            return faces
        meant = 0 if self.choices is None else int(self.choices[number])
        if not 0 <= meant < len(faces) or len(faces[meant].landmarks) != self.points:
            return faces
        face = faces[meant]._replace(landmarks=faces[meant].landmarks + correction)
        return (*faces[:meant], face, *faces[meant + 1 :])

    def _corrections(self, numbers: range) -> AnyArray:
        """(T, N, 2)."""
        each = self.points * 2
        with self.path.open("rb") as file:
            file.seek(numbers.start * each * _CORRECTION.itemsize, os.SEEK_SET)
            data = file.read(len(numbers) * each * _CORRECTION.itemsize)
        values: AnyArray = np.frombuffer(data, _CORRECTION).astype(np.float64)
        return values.reshape(len(numbers), self.points, 2)
