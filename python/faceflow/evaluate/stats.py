"""The figures of a method, from what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from faceflow.flow.score import COLUMNS, EDGES, UNITS
from faceflow.types import AnyArray

CLASS_NAMES = ("0-0.5", "0.5-1", "1-2", "2-5", "5-")
"""Of `faceflow.flow.score.CLASSES`, px."""

_COARSER = 16
"""Bins of a score to one of a chart's."""


@dataclass(frozen=True)
class Stats:
    """The errors over some pixels; None where none counts."""

    pixels: int
    epe: float | None
    """Mean end-point error, px."""
    epe_median: float | None
    epe_p90: float | None
    epe_p99: float | None
    """Percentiles, px: right to 1/128 of their value, and to 2^-10 px."""
    aae: float | None
    """Mean angular error, degrees."""
    over_1: float | None
    over_3: float | None
    over_5: float | None
    """Pixels whose error is over so many px, percent."""
    fl: float | None
    """Pixels whose error is over 3 px and over 5 % of the true length, percent."""
    photometric: float | None
    """What is left of the frames' difference, grey levels."""

    @classmethod
    def of(cls, sums: Sequence[int], counts: AnyArray) -> Stats:
        """From a row of a score's table, or a sum of such rows, and the end-point errors' counts.

        Examples
        --------
        >>> from faceflow.flow.score import Score
        >>> score = Score.none()
        >>> Stats.of(score.table[0].tolist(), score.endpoints[0]).epe is None
        True
        """
        row = dict(zip(COLUMNS, sums, strict=True))
        pixels = row["pixels"]

        def mean(name: str, times: float) -> float | None:
            return times * row[name] / pixels if pixels else None

        median, p90, p99 = (quantile(counts, q) if pixels else None for q in (0.5, 0.9, 0.99))
        compared = row["compared"]
        return cls(
            pixels,
            mean("epe", 1 / UNITS),
            median,
            p90,
            p99,
            mean("aae", 1 / UNITS),
            mean("over_1", 100),
            mean("over_3", 100),
            mean("over_5", 100),
            mean("fl", 100),
            row["photometric"] / (3 * compared) if compared else None,
        )

    def as_json(self) -> dict[str, Any]:
        """For ``results.json``."""
        return asdict(self)


def quantile(counts: AnyArray, share: float) -> float:
    """The error that a share of the pixels do not pass, to the width of a bin.

    Parameters
    ----------
    counts
        (bins,) int64, as of a `Score`; not all 0.
    share
        Of 0 to 1.

    Examples
    --------
    >>> from faceflow.flow.score import EDGES
    >>> errors = np.linspace(0, 8, 10001)
    >>> counts = np.histogram(errors, np.r_[-1, EDGES[1:]])[0]
    >>> abs(quantile(counts, 0.5) - 4) < 0.04
    True
    """
    passed = np.cumsum(counts)
    wanted = share * int(passed[-1])
    place = int(np.searchsorted(passed, wanted))
    before = int(passed[place - 1]) if place else 0
    within = (wanted - before) / int(counts[place])
    low, high = float(EDGES[place]), float(EDGES[place + 1])
    return low + (high - low) * within


def histogram(counts: AnyArray) -> dict[str, list[Any]]:
    """The counts in bins of an eighth of the power of two below them, for charts.

    Examples
    --------
    >>> from faceflow.flow.score import Score
    >>> chart = histogram(Score.none().angles)
    >>> chart["edges"][:3], len(chart["edges"]) - len(chart["counts"])
    ([0.0, 0.0009765625, 0.0010986328125], 1)
    """
    coarse = counts[2:].reshape(-1, _COARSER).sum(axis=1)
    edges = [0.0, *EDGES[2::_COARSER].tolist()]
    return {"edges": edges, "counts": [int(counts[:2].sum()), *coarse.tolist()]}
