"""FaceLandmarkImg: each frame by itself, many to a process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice, repeat

from faceflow.execute.work import Work
from faceflow.landmarks.detector import FrameFound, Wanted
from faceflow.landmarks.openface.attempt import Attempt, Runner
from faceflow.landmarks.openface.health import Health
from faceflow.landmarks.openface.results import read_images
from faceflow.landmarks.openface.staging import Item

BATCH = 300
"""Frames given to a process at most: few enough for OpenFace, which is known to run out of memory
after some 1,700, and so many that the loading of its models is no matter."""

ROOM = 2**30
"""Bytes that the copies of a batch may take: turned frames of 12 megapixels are 36 MB each."""

_HOPELESS = 24


class OpenFaceImages:
    """The detector that looks at each frame by itself."""

    def __init__(self, runner: Runner, health: Health) -> None:
        self._runner = runner
        self._health = health

    def versions(self) -> dict[str, str]:
        """The program's name, and the digest of its file."""
        return self._runner.versions()

    def keys(self, digests: Sequence[bytes]) -> list[bytes]:
        """A frame's faces depend on nothing but it, the program and the size it is given in."""
        settings = self._runner.settings()
        return [hashlib.sha256(settings + digest).digest() for digest in digests]

    def works(
        self, sequences: Iterable[Wanted], stopped: Callable[[], bool]
    ) -> Iterator[Work[list[FrameFound]]]:
        """A work for each batch of frames, which may be of several sequences."""
        self._runner.scratch.clear()
        items = (
            Item(wanted.folder, wanted.frames[number])
            for wanted in sequences
            for number in sorted(wanted.missing)
        )
        # The first batch is halved, so that a second core has something to do with few frames too.
        sizes = chain([BATCH // 2, BATCH // 2], repeat(BATCH))
        while batch := list(islice(items, next(sizes))):
            yield self._work(batch, stopped)

    def _work(self, batch: list[Item], stopped: Callable[[], bool]) -> Work[list[FrameFound]]:
        """Try the batch, then what it left out in smaller ones, down to one.

        Where so many attempts have failed and none has given anything, wherever they began, the
        program fails on any frame, and the batch is given up.
        """
        failed: list[FrameFound] = []
        batches, gave, fruitless = [batch], False, 0
        while batches and not stopped():
            attempts = [Attempt(items, ROOM) for items in batches]
            yield [partial(self._runner.make, one, read_images, stopped) for one in attempts]
            self._health.check(attempts)
            gave = gave or any(attempt.gave for attempt in attempts)
            fruitless += sum(bool(attempt.missing) for attempt in attempts)
            if fruitless >= _HOPELESS and not gave:
                return failed + [one for attempt in attempts for one in attempt.give_up()]
            failed += [one for a in attempts if a.alone for one in a.failures()]
            batches = [batch for attempt in attempts for batch in _batches_after(attempt)]
        return failed


def _batches_after(attempt: Attempt) -> list[list[Item]]:
    """What an attempt leaves to others: what it left out, and what there was no room for."""
    given = len(attempt.items) - len(attempt.left)
    again = [] if attempt.alone else smaller(attempt.missing, given)
    return [*again, attempt.left] if attempt.left else again


def smaller(missing: list[Item], size: int) -> list[list[Item]]:
    """Batches for what a batch of `size` frames left out.

    The first frame is suspected of having ended it, and goes alone; the rest go in batches of half
    the size. One frame that ends any process so costs two or three more, wherever it stands; n
    that all do cost at most 2 n, as each is tried alone once.
    """
    half = (size + 1) // 2
    rest = missing[1:]
    return [batch for batch in (missing[:1], rest[:half], rest[half:]) if batch]
