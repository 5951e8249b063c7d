"""One attempt: a process is run for some frames, and what it gave is told from its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faceflow.flow.render import scale_landmarks
from faceflow.landmarks.detector import FrameFound
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface import journal
from faceflow.landmarks.openface.cores import Cores
from faceflow.landmarks.openface.process import Watch, run_watched
from faceflow.landmarks.openface.program import Ending, Program
from faceflow.landmarks.openface.results import Reading
from faceflow.landmarks.openface.scratch import Scratch
from faceflow.landmarks.openface.staging import FRAMES, Item, Staged, stage
from faceflow.types import Size

_RESULTS = "results"


class Attempt(list[FrameFound]):
    """The frames that an attempt settled; beside them, what it did not settle, and why."""

    def __init__(self, settled: Sequence[FrameFound] = ()) -> None:
        super().__init__(settled)
        self.missing: list[Item] = []
        """The frames that were wanted and have no result."""
        self.ending: Ending | None = None
        """None where no process was needed."""
        self.touched = False
        """Whether the process took any frame in hand."""
        self.gave = False
        """Whether the process gave a result for any frame."""
        self.alone = False
        """Whether the process was given one frame only."""

    def failures(self) -> list[FrameFound]:
        """What is missing, with the reason why."""
        if self.ending is None:
            return []
        return [
            FrameFound(item.frame, self.ending.error(item.frame.image)) for item in self.missing
        ]


@dataclass(frozen=True)
class Runner:
    """A program, and all that a process of it needs."""

    program: Program
    output: Path
    cores: Cores
    scratch: Scratch
    resize: Size | None
    timeout: float

    def settings(self) -> bytes:
        """A digest of what a result depends on beside the images; models are taken to stay."""
        described = repr((self.program.name, self.program.digest, self.resize))
        return hashlib.sha256(described.encode()).digest()

    def attempt(
        self,
        items: Sequence[Item],
        read: Callable[[Path, Sequence[Staged], Ending], Reading],
        stopped: Callable[[], bool],
    ) -> Attempt:
        """Run a process for some frames; `read` tells what it left. Nothing if it was stopped."""
        with self.scratch.folder() as folder:
            staged, refused = stage(items, folder / FRAMES, self.resize, stopped)
            if stopped():
                return Attempt()
            attempt = Attempt(refused)
            if not any(one.item.wanted for one in staged):
                return attempt
            ending = self._run(folder, len(staged), stopped)
            journal.note(self.output, staged, ending)
            if stopped():
                return Attempt()
            _settle(attempt, staged, ending, read(folder / _RESULTS, staged, ending))
            return attempt

    def _run(self, folder: Path, frames: int, stopped: Callable[[], bool]) -> Ending:
        results = folder / _RESULTS
        results.mkdir()
        # Relative: no path of the user's is too long for OpenFace, or has a byte it cannot take.
        arguments = ["-fdir", FRAMES, "-out_dir", _RESULTS, "-2Dfp"]
        watch = Watch(results, self.timeout, self.timeout * (frames + 1), stopped)
        with self.cores.share() as threads:
            return run_watched(self.program, arguments, threads, folder, watch)


def _settle(attempt: Attempt, staged: Sequence[Staged], ending: Ending, reading: Reading) -> None:
    attempt.ending, attempt.touched = ending, reading.touched
    attempt.alone = len(staged) == 1
    for one, faces in zip(staged, reading.faces, strict=True):
        attempt.gave = attempt.gave or faces is not None
        if not one.item.wanted:
            continue
        if faces is None:
            attempt.missing.append(one.item)
        else:
            attempt.append(FrameFound(one.item.frame, _in_stored_pixels(faces, one)))


def _in_stored_pixels(faces: tuple[Face, ...], staged: Staged) -> tuple[Face, ...]:
    if staged.seen == staged.size:
        return faces
    return tuple(
        face._replace(landmarks=scale_landmarks(face.landmarks, staged.seen, staged.size))
        for face in faces
    )
