"""What is kept of the pairs that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceflow.audit.measure import Measured
from faceflow.audit.pairs import Pair
from faceflow.dataset.choice import Foremost, lot
from faceflow.truth.quality import quality_of
from faceflow.types import AnyArray

MOST_PROBLEMS = 20
WORST = 12


@dataclass
class SequenceTally:
    """The pairs of one sequence, by their place."""

    name: str
    methods: Sequence[str]
    """Whose errors each row holds, the label's first."""
    rows: dict[int, tuple[float, ...]] = field(default_factory=dict)
    jumps: int = 0
    folded: int = 0
    """Pairs with triangles that turn over."""
    better_negated: int = 0

    @property
    def pairs(self) -> int:
        """How many were measured."""
        return len(self.rows)

    @property
    def places(self) -> list[int]:
        """Of the pairs that were measured, in order."""
        return sorted(self.rows)

    @property
    def errors(self) -> AnyArray:
        """(P, M): a row a pair, in order."""
        return np.array([self.rows[place] for place in self.places]).reshape(-1, len(self.methods))

    @property
    def means(self) -> dict[str, float]:
        """Of each method, grey levels."""
        return dict(zip(self.methods, self.errors.mean(axis=0).tolist(), strict=True))

    @property
    def worse(self) -> float:
        """The share of the pairs whose label is worse than no flow."""
        errors = self.errors
        return float((errors[:, 0] > errors[:, self.methods.index("zero")]).mean())

    @property
    def quality(self) -> float:
        """Mean over the pairs."""
        label, dis = (self.errors[:, self.methods.index(name)] for name in ("label", "dis"))
        pairs = zip(label.tolist(), dis.tolist(), strict=True)
        return float(np.mean([quality_of(*pair) for pair in pairs]))

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "sequence": self.name,
            "pairs": self.pairs,
            "errors": {name: round(mean, 4) for name, mean in self.means.items()},
            "quality": round(self.quality, 4),
            "worse_than_none": round(self.worse, 4),
            "jumps": self.jumps,
            "folded": self.folded,
        }


class Tally:
    """All sequences; what comes of them does not depend on the order in which pairs are added."""

    def __init__(self, methods: Sequence[str]) -> None:
        self.methods = ("label", *methods)
        self.problem_count = 0
        self._sequences: dict[str, SequenceTally] = {}
        self._worst: Foremost[Pair] = Foremost(WORST)
        self._problems: Foremost[str] = Foremost(MOST_PROBLEMS)

    def add(self, measured: Measured) -> None:
        """Keep a pair's errors, or why it has none."""
        pair = measured.pair
        key = lot(pair.sequence, pair.first, pair.second)
        if measured.problem is not None:
            self.add_problem(f"{pair.title}: {measured.problem}", key)
            return
        errors = measured.errors
        tally = self._sequences.get(pair.sequence)
        if tally is None:
            tally = self._sequences[pair.sequence] = SequenceTally(pair.sequence, self.methods)
        tally.rows[pair.place] = tuple(errors[name] for name in self.methods)
        tally.jumps += measured.jump
        tally.folded += bool(pair.flipped)
        tally.better_negated += measured.negated < errors["label"]
        self._worst.offer((errors["label"] - errors["dis"], key), pair)

    def add_problem(self, line: str, key: int = 0) -> None:
        """Keep what is wrong with a pair or a sequence."""
        self.problem_count += 1
        self._problems.offer((key, line), line)

    def order(self, names: Sequence[str]) -> None:
        """Have sequences in the order of these names."""
        self._sequences = {n: self._sequences[n] for n in names if n in self._sequences}

    @property
    def sequences(self) -> list[SequenceTally]:
        """Those of which anything was measured."""
        return list(self._sequences.values())

    @property
    def problems(self) -> list[str]:
        """Some of them."""
        return sorted(self._problems.items())

    @property
    def worst(self) -> list[Pair]:
        """The pairs whose labels have most error beyond that of DIS."""
        return self._worst.items()

    @property
    def pairs(self) -> int:
        """How many were measured."""
        return sum(sequence.pairs for sequence in self.sequences)

    @property
    def means(self) -> dict[str, float]:
        """The mean over the sequences of each method's mean over a sequence's pairs."""
        each = [sequence.means for sequence in self.sequences]
        return {name: float(np.mean([means[name] for means in each])) for name in self.methods}

    def share(self, counted: int) -> float:
        """Of all pairs."""
        return counted / max(self.pairs, 1)

    @property
    def worse(self) -> float:
        """The share of all pairs whose label is worse than no flow."""
        return self.share(round(sum(s.worse * s.pairs for s in self.sequences)))

    @property
    def quality(self) -> float:
        """Mean over the sequences."""
        return float(np.mean([sequence.quality for sequence in self.sequences]))

    @property
    def better_negated(self) -> float:
        """The share of all pairs whose label fits better with its sign changed."""
        return self.share(sum(sequence.better_negated for sequence in self.sequences))
