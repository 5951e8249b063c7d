"""What the records say, in one pass and bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from faceflow.dataset.layout import SequenceLayout
from faceflow.dataset.records import FrameRecord, PairRecord, SequenceRecord
from faceflow.errors import DatasetError
from faceflow.report.choice import Foremost, lot
from faceflow.report.histogram import Histogram
from faceflow.report.players import PlayerList
from faceflow.report.tree import MadePair, Tree, read_sound_record

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
    """Everything that the page says of the records; each is read once and forgotten."""

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
                record = read_sound_record(layout.record)
            except DatasetError as error:
                self._add_damaged(error)
            else:
                self._add(layout, record, list(tree.made_pairs(layout, record)))
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

    def _add(self, layout: SequenceLayout, record: SequenceRecord, made: list[MadePair]) -> None:
        self.sequences += 1
        self.frames.update(frame.status for frame in record.frames)
        self.pairs.update(pair.status for pair in record.pairs)
        self._add_faults(layout, record)
        means = np.array([pair.record.mean_px for pair in made], np.float64)
        longest = np.array([pair.record.max_px for pair in made], np.float64)
        self.means.add(means)
        self.longest.add(longest)
        subject = self.subjects.setdefault(layout.subject, SubjectTotals(layout.subject))
        subject.merge(
            SubjectTotals(
                layout.subject,
                sequences=1,
                frames=len(record.frames),
                made=len(made),
                lost=len(record.pairs) - len(made),
                sum_px=float(means.sum()),
                max_px=float(longest.max(initial=0)),
                flipped=sum(bool(pair.record.flipped) for pair in made),
            )
        )
        for pair in made:
            self._offer(pair)

    def _offer(self, pair: MadePair) -> None:
        record = pair.record
        if record.flipped:
            self._folds.offer((record.flipped, record.max_px), pair)
        self._jumps.offer(record.max_px, pair)
        drawn = lot(pair.layout.subject, pair.layout.sequence, record.first, record.second)
        self._drawn.offer(drawn, pair)

    def _add_faults(self, layout: SequenceLayout, record: SequenceRecord) -> None:
        frames, pairs = _reasons(record.frames), _reasons(record.pairs)
        for reason, status in sorted({*frames, *pairs}):
            key = reason, status
            fault = self._faults.setdefault(key, Fault(reason, status))
            fault.add(layout, frames[key], pairs[key])


def _reasons(records: list[FrameRecord] | list[PairRecord]) -> Counter[tuple[str, str]]:
    faulty = (record for record in records if record.status != "ok")
    return Counter((str(record.reason), str(record.status)) for record in faulty)
