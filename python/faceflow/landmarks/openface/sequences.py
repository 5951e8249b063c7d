"""FeatureExtraction: a face tracked through the frames of a sequence, one process for each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from faceflow.execute.work import Work
from faceflow.landmarks.detector import FrameFound, Wanted
from faceflow.landmarks.openface.attempt import Attempt, Runner
from faceflow.landmarks.openface.health import Health
from faceflow.landmarks.openface.results import read_sequence
from faceflow.landmarks.openface.staging import Item

_ATTEMPTS = 2


class OpenFaceSequences:
    """The detector that tracks a face through a whole sequence."""

    def __init__(self, runner: Runner, health: Health) -> None:
        self._runner = runner
        self._health = health

    def versions(self) -> dict[str, str]:
        """The program's name, and the digest of its file."""
        return self._runner.versions()

    def keys(self, digests: Sequence[bytes]) -> list[bytes]:
        """A frame's faces depend on the whole sequence and its place in it."""
        whole = hashlib.sha256(self._runner.settings() + b"".join(digests)).digest()
        numbers = range(len(digests))
        return [hashlib.sha256(whole + number.to_bytes(8, "big")).digest() for number in numbers]

    def works(
        self, sequences: Iterable[Wanted], stopped: Callable[[], bool]
    ) -> Iterator[Work[list[FrameFound]]]:
        """A work for each sequence."""
        self._runner.scratch.clear()
        for wanted in sequences:
            yield self._work(wanted, stopped)

    def _work(self, wanted: Wanted, stopped: Callable[[], bool]) -> Work[list[FrameFound]]:
        """Track through the whole sequence; where frames get no result, once more.

        The second time only what is still missing is taken: a tracker's row depends on the frames
        before it only, so that those of the first time are sound.
        """
        missing = {wanted.frames[number].image for number in wanted.missing}
        failed: list[FrameFound] = []
        for _ in range(_ATTEMPTS):
            items = [Item(wanted.folder, f, f.image in missing) for f in wanted.frames]
            attempt = Attempt(items)
            yield [partial(self._runner.make, attempt, read_sequence, stopped)]
            self._health.check([attempt])
            missing = {item.frame.image for item in attempt.missing}
            failed = attempt.failures()
            if stopped() or not missing:
                break
        return failed
