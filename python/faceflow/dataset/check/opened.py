"""A sequence's record while it is checked."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TypeVar

from faceflow.dataset.check.findings import Fault, Findings
from faceflow.dataset.check.inside import inner_name, is_unreadable, sequence_name
from faceflow.dataset.check.records import check_head, frame_problem, pair_problem
from faceflow.dataset.choice import Foremost, lot
from faceflow.dataset.layout import PairName, SequenceLayout
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.records import FrameRecord, PairRecord, Totals
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import DatasetError
from faceflow.files import shown

Row = TypeVar("Row", FrameRecord, PairRecord)


class OpenedSequence:
    """What is wrong within the record is found while its frames, and then its pairs, are read.

    Raises
    ------
    DatasetError
        There is no sound record.
    """

    def __init__(self, tree: DatasetTree, layout: SequenceLayout) -> None:
        self.tree = tree
        self.layout = layout
        self.record = RecordFile(layout.record)
        self.triangles = check_head(self.record, layout.subject, layout.sequence)
        self.name = sequence_name(layout)
        self.per_shard = 1
        """Frames in each shard, as far as there are any."""
        self._ok = array("b")

    def count(
        self, findings: Findings, totals: Totals, drawn: Foremost[DrawnPair]
    ) -> OpenedSequence:
        """Where what is read is counted."""
        self._findings, self._totals, self._drawn = findings, totals, drawn
        totals.sequences += 1
        return self

    def frames(self) -> Iterator[FrameRecord]:
        """The frames; faults of their records are noted."""
        for frame in self._as_it_was(self.record.frames()):
            self._ok.append(frame.status == "ok")
            self._totals.add([frame], ())
            self._note(frame_problem(frame))
            yield frame

    def ok_pairs(self) -> Iterator[PairName]:
        """The pairs that have flow, after the frames; faults of pairs' records are noted."""
        triangles = None if self.triangles is None else len(self.triangles)
        for pair in self._as_it_was(self.record.pairs()):
            self._totals.add((), [pair])
            numbers = self.record.number(pair.first), self.record.number(pair.second)
            frames_ok = all(self._ok[number] for number in numbers)
            self._note(pair_problem(pair, frames_ok, triangles))
            if pair.status == "ok":
                name = self.tree.pair_name(self.record, pair)
                key = lot(self.layout.subject, self.layout.sequence, pair.first, pair.second)
                self._drawn.offer(key, DrawnPair(self, name, pair, numbers))
                yield name

    def _as_it_was(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Up to where the record has changed since it was opened: a run may be making it anew."""
        try:
            yield from rows
        except DatasetError as error:
            self._findings.add([Fault("record", self.name, str(error))])

    def _note(self, problem: str | None) -> None:
        if problem is not None:
            self._findings.add([self.fault(f"is wrong: {problem}")])

    def fault(self, what: str) -> Fault:
        """One of the record itself."""
        name = inner_name(self.layout, self.layout.record)
        return Fault("record", self.name, f"{shown(name)} {what}", (name,))


class DrawnPair:
    """A pair whose flow is to be recomputed."""

    def __init__(
        self, opened: OpenedSequence, name: PairName, record: PairRecord, numbers: tuple[int, int]
    ) -> None:
        self.opened = opened
        self.name = name
        self.record = record
        self.numbers = numbers
        """Of its frames."""

    @property
    def title(self) -> str:
        """As messages name it."""
        frames = f"{shown(self.name.first)} -> {shown(self.name.second)}"
        return f"{shown(self.opened.name)}: {frames}"


def open_sequence(tree: DatasetTree, layout: SequenceLayout) -> OpenedSequence | Fault:
    """A sequence, or what is wrong with its record as a whole."""
    try:
        return OpenedSequence(tree, layout)
    except DatasetError as error:
        if is_unreadable(layout.record):
            return Fault("unreadable", sequence_name(layout), str(error))
        name = inner_name(layout, layout.record)
        return Fault("record", sequence_name(layout), str(error), (name,))
