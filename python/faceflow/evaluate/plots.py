"""Where the marks of an evaluation's charts lie; the page's template draws them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from faceflow.evaluate.page_tables import METRICS, is_truth, text_of
from faceflow.files import shown
from faceflow.report.charts import Tick, number, round_length
from faceflow.report.curves import CurveChart, cumulative_curves, histogram_curves

SPEED_SIZE = (520, 260)
_LONGEST_NAME, _LETTER, _LINE = 22, 6.0, 13.0
"""Letters of a name; their width and height in the chart."""

_INTERVALS = [metric for metric in METRICS if metric.key != "fl"]


class Interval(NamedTuple):
    """A value and where it lies with great probability; places are shares of the width, percent."""

    text: str
    between: str
    place: float
    low: float
    width: float
    verdict: str = ""
    """``better`` or ``worse`` where a difference is one, with that probability."""


class Intervals(NamedTuple):
    """One metric's interval of every method."""

    title: str
    unit: str
    zero: float | None
    """Where 0 lies, percent; None if it is not on the axis."""
    rows: list[Interval | None]
    """In the order of the methods."""


class Dot(NamedTuple):
    """A method in the chart of time and error."""

    x: float
    y: float
    place: int
    """Among the methods."""
    label: str
    name: str
    """What there is room for."""
    name_y: float
    left: bool
    """Whether its name stands left of it."""


class Speed(NamedTuple):
    """Time against error."""

    dots: list[Dot]
    x: list[Tick]
    y: list[Tick]
    """Of the upright axis; `Tick.x` is the height from the top."""


_SPECTRA = (
    ("Histogram of the end-point error", "epe", "px", histogram_curves),
    ("Histogram of the angular error", "aae", "°", histogram_curves),
    ("Pixels up to each end-point error", "epe", "px", cumulative_curves),
    ("Pixels up to each angular error", "aae", "°", cumulative_curves),
)
_NAMES = {"epe": "end-point error", "aae": "angular error"}


def spectra(results: Mapping[str, Any]) -> list[tuple[str, str, CurveChart | None]]:
    """The histograms and the cumulative curves of both errors: title, axis and chart.

    The ground truth itself, where it is among the methods, has no curve.
    """
    charts = []
    for title, key, unit, draw in _SPECTRA:
        drawn = {m: results["results"][m]["histogram"][key] for m in results["methods"]}
        edges = drawn[results["methods"][0]]["edges"]
        counts = {m: h["counts"] for m, h in drawn.items() if not is_truth(results, m)}
        charts.append((title, f"{_NAMES[key]}, {unit}", draw(edges, counts, unit)))
    return charts


_Value = tuple[float | None, float | None, float | None]
_NONE: _Value = (None, None, None)


def confidence(results: Mapping[str, Any]) -> list[Intervals]:
    """Each method's errors with their confidence intervals."""

    def value(method: Mapping[str, Any], key: str) -> _Value:
        low, high = method["confidence"][key] or (None, None)
        return method["all"][key], low, high

    return _charts(results, value, signed=False)


def differences(results: Mapping[str, Any]) -> list[Intervals]:
    """Each method's errors less those of the one that it is compared with."""

    def value(method: Mapping[str, Any], key: str) -> _Value:
        found = (method["difference"] or {}).get(key)
        return (found["mean"], found["low"], found["high"]) if found else _NONE

    return _charts(results, value, signed=True)


def _charts(
    results: Mapping[str, Any], value: Callable[[Mapping[str, Any], str], _Value], signed: bool
) -> list[Intervals]:
    """A chart for each metric; the ground truth competes only on the images."""
    charts = []
    for title, key, unit in ((m.title, m.key, m.unit) for m in _INTERVALS):
        values = [
            _NONE
            if key != "photometric" and is_truth(results, method)
            else value(results["results"][method], key)
            for method in results["methods"]
        ]
        charts.append(_intervals(title, unit, key, values, signed))
    return [chart for chart in charts if any(chart.rows)]


def _intervals(
    title: str, unit: str, key: str, values: Sequence[_Value], signed: bool
) -> Intervals:
    numbers = [part for value in values for part in value if part is not None]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    scale = 100 / ((high - low) or 1.0)
    rows = [_interval(key, value, low, scale, signed) for value in values]
    return Intervals(title, unit, -low * scale if signed else None, rows)


def _interval(
    key: str, value: _Value, lowest: float, scale: float, signed: bool
) -> Interval | None:
    mean, low, high = value
    if mean is None:
        return None
    sign = "+" if signed and mean > 0 else ""
    text = sign + text_of(key, mean)
    if low is None or high is None:
        return Interval(text, "", (mean - lowest) * scale, (mean - lowest) * scale, 0.0)
    between = f"{text_of(key, low)} to {text_of(key, high)}"
    verdict = ("better" if high < 0 else "worse" if low > 0 else "") if signed else ""
    place, start = (mean - lowest) * scale, (low - lowest) * scale
    return Interval(text, between, place, start, (high - low) * scale, verdict)


def speed(results: Mapping[str, Any]) -> Speed | None:
    """Each method's end-point error over its time for a pair; None if none was timed.

    The ground truth itself is none of them.
    """
    known = []
    for place, method in enumerate(results["methods"]):
        found = results["results"][method]
        if found["seconds"] and found["all"]["epe"]:
            known.append((place, method, 1000 * found["seconds"], found["all"]["epe"]))
    if not known:
        return None
    width, height = SPEED_SIZE
    powers = [math.log10(time) for _, _, time, _ in known]
    low, high = math.floor(min(powers)), max(math.ceil(max(powers)), math.floor(min(powers)) + 1)
    most = round_length(max(error for *_, error in known))
    dots: list[Dot] = []
    # The lowest first, so that names that would meet are moved up, away from the axis.
    for error, time, place, method in sorted((e, t, p, m) for p, m, t, e in known):
        x, y = (math.log10(time) - low) / (high - low) * width, height * (1 - error / most)
        label = f"{shown(method)}: {number(time)} ms, {number(error)} px"
        dot = Dot(x, y, place, label, _short(method), y, x > width / 2)
        while any(_meet(dot, other) for other in dots):
            dot = dot._replace(name_y=dot.name_y - _LINE)
        dots.append(dot)
    ticks = [Tick((p - low) / (high - low) * width, f"{10.0**p:g}") for p in range(low, high + 1)]
    upright = [Tick(height * (1 - part / 4), f"{most * part / 4:.3g}") for part in range(5)]
    return Speed(dots, ticks, upright)


def _short(method: str) -> str:
    """A method's name, its two ends where it is long."""
    name = shown(method)
    return name if len(name) <= _LONGEST_NAME else f"{name[:6]}…{name[5 - _LONGEST_NAME :]}"


def _meet(one: Dot, other: Dot) -> bool:
    """Whether two names are one on the other."""
    (start, end), (begin, stop) = _span(one), _span(other)
    return start < stop and begin < end and abs(one.name_y - other.name_y) < _LINE


def _span(dot: Dot) -> tuple[float, float]:
    width = _LETTER * (len(dot.name) + 2)
    return (dot.x - width, dot.x) if dot.left else (dot.x, dot.x + width)
