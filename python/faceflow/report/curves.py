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
_FEWEST = 8
"""Bins that are drawn."""
_MOST_TICKS = 14
_ROUND = (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 2.0)
"""Shares that an axis may end at: they quarter well."""


class Curve(NamedTuple):
    """One method's."""

    name: str
    path: str
    """The points of a polyline."""


class CurveChart(NamedTuple):
    """Curves over one axis, which is logarithmic."""

    curves: list[Curve]
    x: list[Tick]
    y: list[Tick]
    """Of the upright axis; `Tick.x` is the height from the top."""
    summary: str


def histogram_curves(
    edges: Sequence[float], counts: Mapping[str, Sequence[int]], unit: str
) -> CurveChart | None:
    """How many pixels have each size of error, as steps.

    Their height is the share of pixels for each doubling of the error, however wide bins are.

    Parameters
    ----------
    edges
        Of the bins, one more than there are bins, rising from 0. The first bin is drawn as one
        doubling.
    counts
        By method; a method that counted nothing has no curve.
    unit
        Of the edges.

    Returns
    -------
    chart
        None if nothing was counted.
    """
    shares = _shares(counts)
    if not shares:
        return None
    start, end = _range(list(shares.values()))
    places = _places(edges)
    heights = {name: (s / np.diff(places))[start:end] for name, s in shares.items()}
    tallest = max(float(height.max()) for height in heights.values())
    most = next((share for share in _ROUND if tallest <= share), tallest)
    x = _across(places[start : end + 1])
    curves = [
        Curve(name, _points(np.repeat(x, 2), np.r_[0.0, np.repeat(height, 2), 0.0] / most))
        for name, height in heights.items()
    ]
    return CurveChart(
        curves, _ticks(edges, start, end), _upright(most), _words(shares, edges, unit)
    )


def cumulative_curves(
    edges: Sequence[float], counts: Mapping[str, Sequence[int]], unit: str
) -> CurveChart | None:
    """The share of pixels up to each edge. Arguments and result are those of `histogram_curves`."""
    shares = _shares(counts)
    if not shares:
        return None
    start, end = _range(list(shares.values()))
    x = _across(_places(edges)[start : end + 1])
    curves = [
        Curve(name, _points(x, np.r_[0.0, np.cumsum(share)][start : end + 1]))
        for name, share in shares.items()
    ]
    return CurveChart(curves, _ticks(edges, start, end), _upright(1.0), _words(shares, edges, unit))


def _shares(counts: Mapping[str, Sequence[int]]) -> dict[str, AnyArray]:
    return {name: np.array(each) / sum(each) for name, each in counts.items() if sum(each)}


def _range(shares: Sequence[AnyArray]) -> tuple[int, int]:
    """The bins that are drawn: those in which nearly all pixels of each method are."""
    passed = [np.cumsum(share) for share in shares]
    start = min(int(np.searchsorted(share, 1 - _SHOWN)) for share in passed)
    end = min(max(int(np.searchsorted(share, _SHOWN)) for share in passed) + 1, len(shares[0]))
    return max(min(start, end - _FEWEST), 0), end


def _places(edges: Sequence[float]) -> AnyArray:
    """Where edges are on the axis, in doublings."""
    logarithms: AnyArray = np.log2([edges[1] / 2, *edges[1:]])
    return logarithms


def _across(places: AnyArray) -> AnyArray:
    """The same in pixels of the chart."""
    across: AnyArray = (places - places[0]) / (places[-1] - places[0]) * CURVES_SIZE[0]
    return across


def _points(x: AnyArray, shares: AnyArray) -> str:
    y = CURVES_SIZE[1] * (1 - shares)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def _upright(most: float) -> list[Tick]:
    parts = [part / 4 for part in range(5)]
    return [Tick(CURVES_SIZE[1] * (1 - part), f"{100 * most * part:.3g} %") for part in parts]


def _ticks(edges: Sequence[float], start: int, end: int) -> list[Tick]:
    """Round numbers within the bins that are drawn."""
    low, high = _places(edges)[[start, end]].tolist()
    powers = range(math.floor(low * math.log10(2)), math.ceil(high * math.log10(2)) + 1)
    for digits in ((1, 2, 5), (1,)):
        values = [float(f"{digit}e{power}") for power in powers for digit in digits]
        values = [value for value in values if low <= math.log2(value) <= high]
        if len(values) <= _MOST_TICKS:
            break
    scale = CURVES_SIZE[0] / (high - low)
    return [Tick((math.log2(value) - low) * scale, f"{value:g}") for value in values]


def _words(shares: Mapping[str, AnyArray], edges: Sequence[float], unit: str) -> str:
    """Up to where half of each method's pixels are."""
    halves = (f"{shown(name)} {_half(share, edges)} {unit}" for name, share in shares.items())
    return f"Half of the pixels are within: {', '.join(halves)}"


def _half(share: AnyArray, edges: Sequence[float]) -> str:
    half = float(np.interp(0.5, np.r_[0.0, np.cumsum(share)], edges))
    return number(half) if half >= edges[1] else f"less than {number(edges[1])}"
