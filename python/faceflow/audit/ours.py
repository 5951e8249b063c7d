"""Datasets that ``faceflow-gen`` made, of files or in shards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faceflow.audit.pairs import Loaded, Pair, PairsOf
from faceflow.dataset.check.records import unfinished_sequences
from faceflow.dataset.layout import SequenceLayout
from faceflow.dataset.recordfile import RecordFile
from faceflow.errors import DatasetError
from faceflow.files import shown
from faceflow.report.pair import read_pair_flow, read_pair_frames, read_pair_landmarks
from faceflow.report.tree import MadePair, Tree, sequence_title
from faceflow.truth.placement import Placement


def _unfinished() -> Iterator[Pair]:
    raise DatasetError("it has no sequence.json: the run that makes it has not ended")
    yield


@dataclass(frozen=True)
class OurPair(Pair):
    """One of ours."""

    made: MadePair
    numbers: tuple[int, int]
    placement: Placement

    @property
    def apart(self) -> int:
        return abs(self.numbers[1] - self.numbers[0])

    @property
    def flipped(self) -> int | None:
        return self.made.record.flipped

    def load(self) -> Loaded:
        flow, frames = read_pair_flow(self.made), read_pair_frames(self.made)
        first, second = map(self.placement.face, read_pair_landmarks(self.made))
        return Loaded(*frames, flow, (first, second))


class OurDataset(PairsOf):
    """A dataset with its records.

    Raises
    ------
    DatasetError
        There is no dataset that can be read.
    """

    def __init__(self, root: Path) -> None:
        self.tree = Tree.open(root)
        self.kind = "made with faceflow" + (", in shards" if self.tree.in_shards else "")

    def sequences(self) -> Iterator[tuple[str, Iterator[Pair]]]:
        for layout in self.tree.layouts():
            yield sequence_title(layout), self._pairs(layout)
        for subject, sequence in unfinished_sequences(self.tree):
            layout = self.tree.layout(subject, sequence)
            yield sequence_title(layout), _unfinished()

    def _pairs(self, layout: SequenceLayout) -> Iterator[Pair]:
        record = RecordFile(layout.record)
        for place, made in enumerate(self.tree.made_pairs(layout, record)):
            first, second = made.name.first, made.name.second
            numbers = record.number(first), record.number(second)
            names = sequence_title(layout), shown(first), shown(second)
            yield OurPair(*names, place, made, numbers, self.tree.placement)
