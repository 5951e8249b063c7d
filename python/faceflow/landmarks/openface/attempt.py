"""One attempt: a process is run for some frames, and what it gave is told from its files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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

_VERSION = 1  # of how frames are given and results read: raise it with any change of results
_RESULTS = "results"


@dataclass
class Attempt:
    """A process to be run for some frames; once it was, what it settled and what it did not."""

    items: Sequence[Item]

    room: float = math.inf
    """Bytes that copies of the frames may take; a track needs all of its frames at once."""

    settled: list[FrameFound] = field(default_factory=list)

    missing: list[Item] = field(default_factory=list)
    """The frames that were wanted and have no result."""

    left: list[Item] = field(default_factory=list)
    """The last frames, if there was no room for them."""

    ending: Ending | None = None
    """None where no process was needed."""

    touched: bool = False
    """Whether the process took any frame in hand."""

    gave: bool = False
    """Whether the process gave a result for any frame."""

    alone: bool = False
    """Whether the process was given one frame only."""

    def failures(self) -> list[FrameFound]:
        """What is missing, with the reason why."""
        return self._blamed(self.missing)

    def give_up(self) -> list[FrameFound]:
        """What is missing or was left, with the same reason."""
        return self._blamed(self.missing + self.left)

    def _blamed(self, items: Sequence[Item]) -> list[FrameFound]:
        if self.ending is None:
            return []
        return [FrameFound(item.frame, self.ending.error(item.frame.image)) for item in items]


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
        """A digest of what a result depends on beside the images.

        Models that are not beside the program are taken to stay.
        """
        program = self.program
        described = repr((_VERSION, program.name, program.digest, program.models, self.resize))
        return hashlib.sha256(described.encode()).digest()

    def versions(self) -> dict[str, str]:
        """The program's digest: it tells no version."""
        return {self.program.name: f"sha256 {self.program.digest.hex()}"}

    def make(
        self,
        attempt: Attempt,
        read: Callable[[Path, Sequence[Staged], Ending], Reading],
        stopped: Callable[[], bool],
    ) -> list[FrameFound]:
        """Run an attempt's process; `read` tells what it left. Returns what is settled now."""
        with self.scratch.folder() as folder:
            staged, attempt.settled, attempt.left = stage(
                attempt.items, folder / FRAMES, self.resize, attempt.room, stopped
            )
            if not stopped() and any(one.item.wanted for one in staged):
                ending = self._run(folder, len(staged), stopped)
                journal.note(self.output, staged, ending)
                if not stopped():
                    _settle(attempt, staged, ending, read(folder / _RESULTS, staged, ending))
            return attempt.settled

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
            attempt.settled.append(FrameFound(one.item.frame, _in_stored_pixels(faces, one)))


def _in_stored_pixels(faces: tuple[Face, ...], staged: Staged) -> tuple[Face, ...]:
    if staged.seen == staged.size:
        return faces
    return tuple(
        face._replace(landmarks=scale_landmarks(face.landmarks, staged.seen, staged.size))
        for face in faces
    )
