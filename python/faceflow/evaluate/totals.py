"""What a method has in all, and by subject and sequence."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceflow.dataset.reader import Names
from faceflow.evaluate.regions import FACE, REGION_NAMES
from faceflow.evaluate.state import Counts, Row
from faceflow.evaluate.stats import CLASS_NAMES, Stats
from faceflow.flow.score import COLUMNS, REGIONS, Score
from faceflow.types import AnyArray

EXAMPLES = 3
"""Of the best, the median and the worst pairs each."""

WHOLE = slice(0, REGIONS)
"""The rows of a score's table that all pixels stand in."""

IN_FACE = slice(1, REGIONS)
"""Those of the face's regions."""

_EPE, _PIXELS = COLUMNS.index("epe"), COLUMNS.index("pixels")
_LEFT, _COMPARED = COLUMNS.index("photometric"), COLUMNS.index("compared")


@dataclass
class Sums:
    """Of some pairs; whole numbers of any size."""

    table: AnyArray = field(default_factory=lambda: Score.none().table.astype(object))
    counts: Counts = field(default_factory=Counts.none)

    def stats(self, rows: slice = WHOLE) -> Stats:
        """Over some rows of the table together."""
        counts = self.counts.endpoints[rows].sum(axis=0)
        return Stats.of(over_rows(self.table, rows), counts)

    def add(self, other: Sums) -> None:
        """Take more."""
        self.table = self.table + other.table
        self.counts.add(other.counts)


@dataclass
class MethodTotals:
    """Of one method, whatever the order in which its pairs were measured."""

    pairs: int = 0
    failed: int = 0
    missing: int = 0
    resized: int = 0
    seconds: list[float] = field(default_factory=list)
    """Of each pair."""
    whole: Sums = field(default_factory=Sums)
    by_subject: dict[str, Sums] = field(default_factory=dict)
    by_sequence: dict[tuple[str, str], Sums] = field(default_factory=dict)
    ranking: list[tuple[float, float, int]] = field(default_factory=list)
    """Mean end-point error, photometric error and place of each pair."""

    def take(self, row: Row, names: Names) -> None:
        """Take a pair."""
        if row.sums is None:
            self.failed += row.problem is not None
            self.missing += row.problem is None
            return
        self.pairs += 1
        self.resized += row.resized
        self.seconds.append(row.seconds)
        sums = self.by_sequence.setdefault(names[:2], Sums())
        sums.table = sums.table + row.sums
        total = over_rows(row.sums)
        if total[_PIXELS]:
            left = total[_LEFT] / (3 * total[_COMPARED]) if total[_COMPARED] else math.inf
            self.ranking.append((total[_EPE] / total[_PIXELS], left, row.place))

    def finish(self, sequence: tuple[str, str], counts: Counts) -> None:
        """Take the counts of a sequence, after all of its pairs."""
        sums = self.by_sequence[sequence]
        sums.counts = counts
        self.by_subject.setdefault(sequence[0], Sums()).add(sums)
        self.whole.add(sums)

    def examples(self) -> dict[str, list[int]]:
        """Places of the best, the median and the worst pairs, by their end-point error."""
        places = [place for _, _, place in sorted(self.ranking)]
        middle = max((len(places) - EXAMPLES) // 2, 0)
        return {
            "best": places[:EXAMPLES],
            "median": places[middle : middle + EXAMPLES],
            "worst": places[::-1][:EXAMPLES],
        }

    def as_json(self) -> dict[str, Any]:
        """The figures, for ``results.json``."""
        return {
            "pairs": self.pairs,
            "failed": self.failed,
            "missing": self.missing,
            # The first call of a method may load and compile: no mean.
            "seconds": statistics.median(self.seconds) if self.seconds else None,
            "all": self.whole.stats().as_json(),
            "by_magnitude": _rows(self.whole, CLASS_NAMES, REGIONS),
            "by_region": {
                FACE: self.whole.stats(IN_FACE).as_json(),
                **_rows(self.whole, REGION_NAMES, IN_FACE.start),
            },
            "by_subject": {name: sums.stats().as_json() for name, sums in self.by_subject.items()},
            "by_sequence": {
                "/".join(names): sums.stats().as_json() for names, sums in self.by_sequence.items()
            },
        }


def over_rows(table: AnyArray, rows: slice = WHOLE) -> list[int]:
    """Some rows of a score's table summed up."""
    sums: list[int] = np.sum(table[rows], axis=0).tolist()
    return sums


def _rows(sums: Sums, names: Sequence[str], first: int) -> dict[str, dict[str, Any]]:
    rows = (slice(first + k, first + k + 1) for k in range(len(names)))
    return {name: sums.stats(row).as_json() for name, row in zip(names, rows, strict=True)}
