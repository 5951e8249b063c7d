"""How sure a figure is: subjects drawn again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from faceflow.flow.score import COLUMNS, UNITS
from faceflow.types import AnyArray

DRAWS = 2000
CONFIDENCE = 0.95
_SEED = 0

MEASURES: Mapping[str, tuple[str, str, int]] = {
    "epe": ("epe", "pixels", UNITS),
    "aae": ("aae", "pixels", UNITS),
    "photometric": ("photometric", "compared", 3),
}
"""Columns of a score's table that a figure is the ratio of, and what that is divided by."""


class Difference(NamedTuple):
    """How much more a method has than another, on the pairs that both have."""

    mean: float
    low: float | None
    high: float | None


def confidence(sums: AnyArray, measure: str) -> list[float] | None:
    """The interval in which a figure would be with other subjects like these.

    The bootstrap: as many subjects as there are, drawn with replacement 2000 times, with all of
    their pixels; from the 2.5th to the 97.5th percentile of the figure. The draws are the same each
    time, and of all methods.

    Parameters
    ----------
    sums
        (S, 9) numbers, of each subject a score's table over all regions.
    measure
        One of `MEASURES`.

    Returns
    -------
    interval
        Low and high; None for one subject, which says nothing of others, or where nothing counts.

    Notes
    -----
    Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), sections 6 and 13.

    Examples
    --------
    >>> sums = np.zeros((2, 9))
    >>> sums[:, 0], sums[:, 1] = 10, (10 * UNITS, 30 * UNITS)
    >>> confidence(sums, "epe")
    [1.0, 3.0]
    """
    return _interval(_drawn(sums, measure)) if len(sums) > 1 else None


def difference(sums: AnyArray, others: AnyArray, measure: str) -> Difference | None:
    """How much more a method has than another, both over the same pairs.

    Parameters
    ----------
    sums, others
        (S, 9), as for `confidence`, of the same subjects and pairs.
    measure
        One of `MEASURES`.

    Returns
    -------
    difference
        Its interval is by subject, as of `confidence`, each draw with both methods; None where
        nothing counts.

    Examples
    --------
    >>> sums = np.ones((3, 9))
    >>> difference(sums, 2 * sums, "epe")
    Difference(mean=0.0, low=0.0, high=0.0)
    """
    whole = [_ratio(s.sum(axis=0)[None], measure)[0] for s in (sums, others)]
    if not np.isfinite(whole).all():
        return None
    interval = None
    if len(sums) > 1:
        interval = _interval(_drawn(sums, measure) - _drawn(others, measure))
    low, high = interval or (None, None)
    return Difference(float(whole[0] - whole[1]), low, high)


def _drawn(sums: AnyArray, measure: str) -> AnyArray:
    """(DRAWS,): the figure of each draw."""
    subjects = len(sums)
    times = np.random.default_rng(_SEED).multinomial(
        subjects, np.full(subjects, 1 / subjects), DRAWS
    )
    # Not as a product of matrices, whose bits depend on the library and its threads.
    totals = [(times * column.astype(np.float64)).sum(axis=1) for column in sums.T]
    return _ratio(np.stack(totals, axis=1), measure)


def _ratio(sums: AnyArray, measure: str) -> AnyArray:
    over, under, unit = MEASURES[measure]
    number = sums[:, COLUMNS.index(under)].astype(np.float64)
    total = sums[:, COLUMNS.index(over)].astype(np.float64)
    ratio: AnyArray = np.full(len(sums), np.nan)
    np.divide(total, number * unit, out=ratio, where=number > 0)
    return ratio


def _interval(figures: AnyArray) -> list[float] | None:
    known = figures[np.isfinite(figures)]
    if not known.size:
        return None
    tail = (1 - CONFIDENCE) / 2
    ends: list[float] = np.quantile(known, [tail, 1 - tail]).tolist()
    return ends
