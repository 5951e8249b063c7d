"""Making a unit: a run of frames of one sequence, and the pairs that begin in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faceflow.dataset.records import FrameRecord, PairRecord
from faceflow.generate.flows import PairMaker
from faceflow.generate.frames import FrameMaker, MadeFrame
from faceflow.generate.plan import SequencePlan

_LEAST = 32
_STRIDES = 8  # of each unit the frames of one stride are looked at twice


@dataclass(frozen=True)
class UnitRecord:
    """What became of a unit's frames and pairs."""

    sequence: bytes
    """`SequenceFolder.key`."""
    start: int
    """The number of its first frame."""
    frames: list[FrameRecord]
    pairs: list[PairRecord]

    def failed(self) -> int:
        """How many of them failed."""
        frames = sum(frame.status == "failed" for frame in self.frames)
        return frames + sum(pair.status == "failed" for pair in self.pairs)


def units(plan: SequencePlan) -> Iterator[range]:
    """The units of a sequence, by the numbers of their frames; the same on every run."""
    count = len(plan.folder.images)
    length = _LEAST if plan.pairing.from_first else max(_LEAST, _STRIDES * plan.pairing.stride)
    for start in range(0, count, length):
        yield range(start, min(start + length, count))


def make_unit(plan: SequencePlan, numbers: range, stopped: Callable[[], bool]) -> UnitRecord | None:
    """Write the images, landmarks, flow and pictures of a unit.

    It needs no other unit: where a pair ends in the next one, that frame is looked at here too.

    Parameters
    ----------
    plan
        The completed plan.
    numbers
        The unit's frames.
    stopped
        Asked before each frame; once True, nothing more is done, and None returned.

    Raises
    ------
    OSError
        An output cannot be written.
    """
    maker = _UnitMaker(plan, numbers)
    for number in maker.wanted:
        if stopped():
            return None
        maker.make(number)
    return UnitRecord(plan.folder.key, numbers.start, *maker.records)


class _UnitMaker:
    def __init__(self, plan: SequencePlan, numbers: range) -> None:
        self.plan, self.numbers = plan, numbers
        self.records: tuple[list[FrameRecord], list[PairRecord]] = ([], [])
        self._frames = FrameMaker(plan)
        self._pairs = PairMaker(plan, self._frames)
        self._reach = 0 if plan.pairing.from_first else plan.pairing.stride
        stop = min(numbers.stop + self._reach, len(plan.folder.images))
        read = range(numbers.start, stop)
        self._known = dict(zip(read, plan.landmarks(read), strict=True))
        self.wanted = list(read)
        if plan.pairing.from_first and numbers.start > 0:
            self._known[0], *_ = plan.landmarks(range(1))
            self.wanted.insert(0, 0)
        self._made: dict[int, MadeFrame] = {}

    def make(self, number: int) -> None:
        frames, pairs = self.records
        own = number in self.numbers
        made = self._frames.make(number, self._known.pop(number), own)
        self._made[number] = made
        if own:
            frames.append(made.record)
        for pair in self.plan.pairs_ending_at(number) if number > self._first_late() else ():
            first, second = (self._made[i] for i in pair)
            pairs.append(self._pairs.make(pair, first, second))
        if self._reach:
            self._made.pop(number - self._reach, None)

    def _first_late(self) -> int:
        """Pairs that end up to this frame begin before the unit."""
        return self.numbers.start + self._reach - 1
