"""Making a unit: a run of frames of one sequence, and the pairs that begin in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from faceflow.dataset.records import FrameRecord, PairRecord
from faceflow.generate.filetree import FileTree
from faceflow.generate.flows import PairMaker
from faceflow.generate.frames import FrameMaker
from faceflow.generate.made import MadeFrame, UnitRecord
from faceflow.generate.output import Output, UnitWriter
from faceflow.generate.plan import SequencePlan
from faceflow.generate.rendered_frames import RenderedFrames
from faceflow.generate.shards import Shards
from faceflow.memory import keep_freed_memory

OUTPUTS: Mapping[str, Output] = {"files": FileTree(), "shards": Shards()}
"""By what ``--writer`` takes."""


def output_of(plan: SequencePlan) -> Output:
    """How a sequence's frames and flow are kept."""
    return OUTPUTS[plan.config.writer]


def units(plan: SequencePlan) -> Iterator[range]:
    """The units of a sequence, by the numbers of their frames; the same on every run."""
    count, length = len(plan.folder.images), output_of(plan).unit_frames(plan)
    for start in range(0, count, length):
        yield range(start, min(start + length, count))


def make_unit(plan: SequencePlan, numbers: range, stopped: Callable[[], bool]) -> UnitRecord | None:
    """Make and keep the images, landmarks, flow and pictures of a unit.

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
    keep_freed_memory()
    with output_of(plan).writer(plan, numbers) as writer:
        maker = _UnitMaker(plan, numbers, writer)
        for number in maker.wanted:
            if stopped():
                return None
            maker.make(number)
        writer.publish()
    return UnitRecord(plan.folder.key, numbers.start, *maker.records)


class _UnitMaker:
    def __init__(self, plan: SequencePlan, numbers: range, writer: UnitWriter) -> None:
        self.plan, self.numbers, self.writer = plan, numbers, writer
        self.records: tuple[list[FrameRecord], list[PairRecord]] = ([], [])
        self._frames = RenderedFrames(plan) if plan.photograph else FrameMaker(plan)
        self._pairs = PairMaker(plan, self._frames, writer)
        self._reach = plan.pairing.reach
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
        self._made[number] = made._replace(image=None)
        if own:
            frames.append(made.record)
            self.writer.add_frame(made)
        # Pairs that end before that begin before the unit.
        late = number >= self.numbers.start + self._reach
        for pair in self.plan.pairs_ending_at(number) if late else ():
            pairs.append(self._pairs.make(*(self._made[i] for i in pair)))
        if self._reach:
            self._made.pop(number - self._reach, None)
