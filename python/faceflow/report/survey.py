"""What the records say, a row at a time: a sequence may have 100,000 frames."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from faceflow.dataset.choice import Foremost, lot
from faceflow.dataset.layout import SequenceLayout
from faceflow.dataset.recordfile import RecordFile
from faceflow.errors import DatasetError
from faceflow.report.histogram import Histogram
from faceflow.report.players import PlayerList
from faceflow.report.tree import MadePair, Tree

_Fates: TypeAlias = Counter[tuple[str, str | None]]
"""How often which status and reason."""

MOST_LISTED = 20
"""Sequences named for a reason, and problems named at all."""

WORST = 12
"""Pairs shown for their folds or jumps."""

RANDOM = 12
"""Pairs shown that were drawn by lot."""

MEASURED = 64
"""Pairs of which every pixel and landmark is measured."""


@dataclass
class Fault:
    """A reason, and what it befell."""

    reason: str
    status: str
    frames: int = 0
    pairs: int = 0
    sequences: int = 0
    listed: list[SequenceLayout] = field(default_factory=list)
    """The first of the sequences."""

    def add(self, layout: SequenceLayout, frames: int, pairs: int) -> None:
        """Count what one sequence has of it."""
        self.frames += frames
        self.pairs += pairs
        self.sequences += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append(layout)


@dataclass
class SubjectTotals:
    """One subject, or several summed."""

    name: str
    sequences: int = 0
    frames: int = 0
    made: int = 0
    """Pairs with flow."""
    lost: int = 0
    """Pairs without."""
    sum_px: float = 0.0
    max_px: float = 0.0
    flipped: int = 0
    """Pairs with triangles that turn over."""

    @property
    def mean_px(self) -> float:
        """Mean over the pairs."""
        return self.sum_px / max(self.made, 1)

    def merge(self, other: SubjectTotals) -> None:
        """Add another one's numbers."""
        self.sequences += other.sequences
        self.frames += other.frames
        self.made += other.made
        self.lost += other.lost
        self.sum_px += other.sum_px
        self.max_px = max(self.max_px, other.max_px)
        self.flipped += other.flipped


class Survey:
    """Everything that the page says of the records; of each, next to nothing is kept."""

    def __init__(self, tree: Tree, players: PlayerList) -> None:
        self.sequences = 0
        self.frames: Counter[str] = Counter()
        self.pairs: Counter[str] = Counter()
        self.subjects: dict[str, SubjectTotals] = {}
        self.means, self.longest = Histogram(), Histogram()
        self.damaged: list[str] = []
        self.damaged_count = 0
        self._faults: dict[tuple[str, str], Fault] = {}
        self._folds: Foremost[MadePair] = Foremost(WORST)
        self._jumps: Foremost[MadePair] = Foremost(WORST)
        self._drawn: Foremost[MadePair] = Foremost(max(MEASURED, WORST + RANDOM))
        for layout in tree.layouts():
            try:
                record = RecordFile(layout.record)
            except DatasetError as error:
                self._add_damaged(error)
            else:
                self._add(tree, layout, record)
                players.add(layout, record)

    @property
    def faults(self) -> list[Fault]:
        """Failures first, the most frequent of each first."""
        return sorted(
            self._faults.values(),
            key=lambda f: (f.status, -max(f.frames, f.pairs), f.reason),
        )

    @property
    def worst(self) -> list[MadePair]:
        """Half of them, at most, by their folds, the others by their longest vectors."""
        folds = self._folds.items()[: WORST // 2]
        known = {id(pair) for pair in folds}
        jumps = [pair for pair in self._jumps.items() if id(pair) not in known]
        return (folds + jumps)[:WORST]

    @property
    def random(self) -> list[MadePair]:
        """Pairs drawn by lot, none of the worst."""
        known = {id(pair) for pair in self.worst}
        return [pair for pair in self._drawn.items() if id(pair) not in known][:RANDOM]

    @property
    def measured(self) -> list[MadePair]:
        """Pairs drawn by lot to be measured pixel by pixel."""
        return self._drawn.items()[:MEASURED]

    def _add_damaged(self, error: DatasetError) -> None:
        self.damaged_count += 1
        if len(self.damaged) < MOST_LISTED:
            self.damaged.append(str(error))

    def _add(self, tree: Tree, layout: SequenceLayout, record: RecordFile) -> None:
        self.sequences += 1
        frames: _Fates = Counter((frame.status, frame.reason) for frame in record.frames())
        pairs: _Fates = Counter()
        # In one array each: the sum of all is rounded otherwise than that of pieces.
        means, longest, flipped = array("d"), array("d"), 0
        for pair in record.pairs():
            pairs[pair.status, pair.reason] += 1
            if pair.status == "ok":
                means.append(pair.mean_px or 0)
                longest.append(pair.max_px or 0)
                flipped += bool(pair.flipped)
                self._offer(MadePair(layout, tree.pair_name(record, pair), pair))
        _add_statuses(self.frames, frames)
        _add_statuses(self.pairs, pairs)
        self._add_faults(layout, frames, pairs)
        self.means.add(np.array(means))
        self.longest.add(np.array(longest))
        subject = self.subjects.setdefault(layout.subject, SubjectTotals(layout.subject))
        subject.merge(
            SubjectTotals(
                layout.subject,
                sequences=1,
                frames=record.frame_count,
                made=len(means),
                lost=record.pair_count - len(means),
                sum_px=float(np.array(means).sum()),
                max_px=max(longest, default=0.0),
                flipped=flipped,
            )
        )

    def _offer(self, pair: MadePair) -> None:
        record = pair.record
        if record.flipped:
            self._folds.offer((record.flipped, record.max_px), pair)
        self._jumps.offer(record.max_px, pair)
        drawn = lot(pair.layout.subject, pair.layout.sequence, record.first, record.second)
        self._drawn.offer(drawn, pair)

    def _add_faults(self, layout: SequenceLayout, frames: _Fates, pairs: _Fates) -> None:
        for status, reason in sorted({*frames, *pairs}, key=str):
            if status != "ok":
                key = str(reason), status
                fault = self._faults.setdefault(key, Fault(*key))
                fault.add(layout, frames[status, reason], pairs[status, reason])


def _add_statuses(sums: Counter[str], counts: _Fates) -> None:
    for (status, _), number in counts.items():
        sums[status] += number
