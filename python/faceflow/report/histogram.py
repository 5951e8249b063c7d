"""How often each length of motion occurs, counted in bounded memory."""

from __future__ import annotations

import numpy as np

from faceflow.types import AnyArray

_LOWEST, _HIGHEST = -3, 4  # powers of ten, px
_PER_DECADE = 8

EDGES = 10.0 ** (np.arange(_LOWEST * _PER_DECADE, _HIGHEST * _PER_DECADE + 1) / _PER_DECADE)
"""Of the bins, px: eight to a decade, from 0.001 to 10000."""


class Histogram:
    """Counts of lengths in pixels, with their number, mean and largest.

    Bins are as wide as their lengths are large: motion of faces is mostly small, with few large
    jumps. What lies below the first or above the last is counted in these.
    """

    def __init__(self) -> None:
        self.counts: AnyArray = np.zeros(len(EDGES) - 1, np.int64)
        self.largest = 0.0
        self._sum = 0.0

    def add(self, lengths: AnyArray) -> None:
        """Count lengths, any shape, finite and not negative."""
        if lengths.size:
            places = np.searchsorted(EDGES[1:-1], lengths.ravel(), side="right")
            self.counts += np.bincount(places, minlength=len(self.counts))
            self.largest = max(self.largest, float(lengths.max()))
            self._sum += float(lengths.sum(dtype=np.float64))

    def merge(self, other: Histogram) -> None:
        """Count what another one has counted."""
        self.counts += other.counts
        self.largest = max(self.largest, other.largest)
        self._sum += other._sum

    @property
    def number(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Of all lengths; 0 if there are none."""
        return self._sum / max(self.number, 1)

    def quantile(self, share: float) -> float:
        """The length that a share of them do not pass, to the width of a bin.

        Examples
        --------
        >>> histogram = Histogram()
        >>> histogram.add(np.linspace(0.0, 2.0, 1001))
        >>> 0.9 < histogram.quantile(0.5) < 1.1
        True
        """
        if self.number == 0:
            return 0.0
        passed = np.cumsum(self.counts)
        place = int(np.searchsorted(passed, share * self.number))
        before = int(passed[place - 1]) if place else 0
        within = (share * self.number - before) / max(int(self.counts[place]), 1)
        low, high = float(EDGES[place]), float(EDGES[place + 1])
        return min(low * float((high / low) ** within), self.largest)
