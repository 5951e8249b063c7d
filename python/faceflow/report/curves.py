"""Curves of several methods in one chart: how often errors occur, and up to which size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from faceflow.files import shown
from faceflow.report.charts import Tick, number
from faceflow.types import AnyArray

CURVES_SIZE = (520, 190)
"""Width and height of what is drawn, without the axes."""

_SHOWN = 0.999
"""Of each method's pixels, the share that the axis reaches up to; as much is left out below."""
_FEWEST = 4
"""Bins that are drawn."""
_MOST_TICKS = 7


class Curve(NamedTuple):
    """One method's."""

    name: str
    path: str
    """The points of a polyline."""


class CurveChart(NamedTuple):
    """Curves over one axis."""

    curves: list[Curve]
    x: list[Tick]
    y: list[Tick]
    """Of the upright axis; `Tick.x` is the height from the top."""
    summary: str


def histogram_curves(
    edges: Sequence[float], counts: Mapping[str, Sequence[int]], unit: str
) -> CurveChart | None:
    """The share of pixels in each bin, as steps.

    Bins are drawn equally wide: an axis is logarithmic where its edges are.

    Parameters
    ----------
    edges
        Of the bins, one more than there are bins, rising.
    counts
        By method; a method that counted nothing has no curve.
    unit
        Of the edges.

    Returns
    -------
    chart
        None if nothing was counted.
    """
    return _chart(edges, counts, unit, cumulated=False)


def cumulative_curves(
    edges: Sequence[float], counts: Mapping[str, Sequence[int]], unit: str
) -> CurveChart | None:
    """The share of pixels up to each edge. Arguments and result are those of `histogram_curves`."""
    return _chart(edges, counts, unit, cumulated=True)


def _chart(
    edges: Sequence[float], counts: Mapping[str, Sequence[int]], unit: str, cumulated: bool
) -> CurveChart | None:
    shares = {name: np.array(c) / sum(c) for name, c in counts.items() if sum(c)}
    if not shares:
        return None
    start, end = _range(list(shares.values()))
    most = 1.0 if cumulated else _round_share(max(float(s.max()) for s in shares.values()))
    curves = []
    for name, share in shares.items():
        before = float(share[:start].sum()) if cumulated else None
        curves.append(Curve(name, _drawn(share[start:end] / most, before)))
    ticks = [_y_tick(most * part / 4, part / 4) for part in range(5)]
    return CurveChart(curves, _x_ticks(edges, start, end), ticks, _words(shares, edges, unit))


def _range(shares: Sequence[AnyArray]) -> tuple[int, int]:
    """The bins that are drawn: those in which nearly all pixels of each method are."""
    passed = [np.cumsum(share) for share in shares]
    start = min(int(np.searchsorted(share, 1 - _SHOWN)) for share in passed)
    end = min(max(int(np.searchsorted(share, _SHOWN)) for share in passed) + 1, len(shares[0]))
    return max(min(start, end - _FEWEST), 0), end


def _round_share(share: float) -> float:
    """The next share that quarters well."""
    steps = (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
    return next((step for step in steps if share <= step), 1.0)


def _drawn(shares: AnyArray, before: float | None) -> str:
    """The polyline of a method: steps, or, from what is below the axis on, the sum of the bins."""
    width, height = CURVES_SIZE
    x = np.linspace(0.0, width, len(shares) + 1)
    if before is None:
        return _points(np.repeat(x, 2), height * (1 - np.r_[0.0, np.repeat(shares, 2), 0.0]))
    return _points(x, height * (1 - before - np.r_[0.0, np.cumsum(shares)]))


def _points(x: AnyArray, y: AnyArray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def _y_tick(share: float, place: float) -> Tick:
    return Tick(CURVES_SIZE[1] * (1 - place), f"{100 * share:.3g} %")


def _x_ticks(edges: Sequence[float], start: int, end: int) -> list[Tick]:
    """Round numbers within the bins that are drawn."""
    drawn = np.array(edges[start : end + 1], dtype=np.float64)
    places = np.linspace(0.0, CURVES_SIZE[0], len(drawn))
    low, high = float(drawn[0]), float(drawn[-1])
    values = (
        _decades(low or float(drawn[1]), high) if _is_geometric(drawn) else _multiples(low, high)
    )
    return [Tick(float(np.interp(value, drawn, places)), f"{value:g}") for value in values]


def _is_geometric(edges: AnyArray) -> bool:
    widths = np.diff(edges)
    return bool(widths[-1] > 4 * widths[0])


def _decades(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1,)):
        values = [float(f"{digit}e{power}") for power in powers for digit in digits]
        values = [value for value in values if low <= value <= high]
        if len(values) <= 2 * _MOST_TICKS:
            break
    return values


def _multiples(low: float, high: float) -> list[float]:
    least = (high - low) / _MOST_TICKS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least)
    return [step * k for k in range(math.ceil(low / step - 1e-9), math.floor(high / step) + 1)]


def _words(shares: Mapping[str, AnyArray], edges: Sequence[float], unit: str) -> str:
    """Up to where half of each method's pixels are."""
    halves = (
        f"{shown(name)} {number(float(np.interp(0.5, [0.0, *np.cumsum(share)], edges)))} {unit}"
        for name, share in shares.items()
    )
    return f"Half of the pixels are within: {', '.join(halves)}"
