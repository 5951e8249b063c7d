"""Where the marks of a chart lie; the page's template draws them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from faceflow.report.histogram import EDGES, Histogram
from faceflow.report.motion import FaceMotion

HISTOGRAM_SIZE = (520, 132)
"""Width and height of what is drawn, without the axis."""

FACE_SIZE = 320
"""Of the longer side of the mean face."""

_LONGEST_ARROW = 26.0
_LEAST_RADIUS, _MOST_RADIUS = 2.5, 8.0
_RAMP = ((76, 120, 216), (150, 98, 196), (224, 86, 122), (240, 140, 58))


class Bar(NamedTuple):
    """A bar of a histogram."""

    x: float
    y: float
    width: float
    height: float
    label: str


class Tick(NamedTuple):
    """A mark on the axis."""

    x: float
    label: str


class HistogramChart(NamedTuple):
    """Bars over a logarithmic axis."""

    bars: list[Bar]
    ticks: list[Tick]
    summary: str
    """The numbers behind it, in words."""


class Dot(NamedTuple):
    """A landmark of the face map and the arrow that starts there."""

    x: float
    y: float
    radius: float
    colour: str
    arrow_x: float
    arrow_y: float
    label: str


class FaceChart(NamedTuple):
    """The face map."""

    dots: list[Dot]
    width: int
    height: int
    least: str
    most: str
    """Mean lengths, px."""
    longest: str
    """Of the mean displacements, px."""
    pairs: int


def histogram_chart(histogram: Histogram, what: str) -> HistogramChart | None:
    """Lay a histogram out, from its first to its last bin that is not empty; None if all are."""
    filled = np.flatnonzero(histogram.counts)
    if len(filled) == 0:
        return None
    start, end = int(filled[0]), int(filled[-1]) + 1
    start, end = max(min(start, end - 8), 0), max(end, 8)
    width, height = HISTOGRAM_SIZE
    step, tallest = width / (end - start), int(histogram.counts.max())
    bars = []
    for place in (place for place in filled.tolist() if start <= place):
        count = int(histogram.counts[place])
        tall = height * count / tallest
        low, high = number(EDGES[place]), number(EDGES[place + 1])
        label = f"{low} to {high} px: {count:,} {what} ({count / histogram.number:.1%})"
        bars.append(Bar((place - start) * step, height - tall, step - 1, tall, label))
    return HistogramChart(bars, _ticks(start, end, step), _summary(histogram, what))


def _summary(histogram: Histogram, what: str) -> str:
    half, most = number(histogram.quantile(0.5)), number(histogram.quantile(0.9))
    return (
        f"{histogram.number:,} {what}: half up to {half} px, nine of ten up to {most} px, "
        f"longest {number(histogram.largest)} px"
    )


def _ticks(start: int, end: int, step: float) -> list[Tick]:
    low, high = math.log10(EDGES[start]), math.log10(EDGES[end])
    per_power = step * (end - start) / (high - low)
    digits = (1, 2, 5) if high - low < 2.5 else (1,)
    ticks = []
    for power in range(math.floor(low), math.ceil(high) + 1):
        for digit in digits:
            place = power + math.log10(digit)
            if low - 1e-9 <= place <= high + 1e-9:
                ticks.append(Tick((place - low) * per_power, f"{digit * 10.0**power:g}"))
    return ticks


def face_chart(motion: FaceMotion | None) -> FaceChart | None:
    """Lay the face map out: size and colour are the mean length, arrows the mean displacement."""
    if motion is None:
        return None
    margin = _LONGEST_ARROW + _MOST_RADIUS
    low, high = motion.shape.min(axis=0), motion.shape.max(axis=0)
    width, height = (math.ceil(side) for side in (high - low) * FACE_SIZE + 2 * margin)
    arrows = np.hypot(motion.displacement[:, 0], motion.displacement[:, 1])
    enlarged = _LONGEST_ARROW / max(float(arrows.max()), 1e-9)
    longest = number(float(arrows.max()))
    least, most = float(motion.length.min()), float(motion.length.max())
    dots = []
    for i, (x, y) in enumerate(((motion.shape - low) * FACE_SIZE + margin).tolist()):
        length = float(motion.length[i])
        share = (length - least) / max(most - least, 1e-9)
        dx, dy = motion.displacement[i].tolist()
        label = f"landmark {i}: {number(length)} px, on the whole ({dx:.2f}, {dy:.2f}) px"
        radius = _LEAST_RADIUS + share * (_MOST_RADIUS - _LEAST_RADIUS)
        tip = x + dx * enlarged, y + dy * enlarged
        dots.append(Dot(x, y, radius, ramp(share), *tip, label))
    return FaceChart(dots, width, height, number(least), number(most), longest, motion.pairs)


def ramp(share: float) -> str:
    """The colour of a share from 0 to 1, told apart on light and dark ground.

    Examples
    --------
    >>> ramp(0), ramp(0.5), ramp(1)
    ('#4c78d8', '#bb5c9f', '#f08c3a')
    """
    place = min(max(share, 0.0), 1.0) * (len(_RAMP) - 1)
    low = min(int(place), len(_RAMP) - 2)
    mixed = (
        round(a + (b - a) * (place - low)) for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def number(value: float) -> str:
    """A length in pixels to three digits.

    Examples
    --------
    >>> number(0.012345), number(3.14159), number(1234.5)
    ('0.0123', '3.14', '1230')
    """
    if value == 0:
        return "0"
    places = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):.{max(places, 0)}f}"


def round_length(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, ... and 0.5, 0.2, 0.1, ... that is not less.

    Examples
    --------
    >>> round_length(3.3), round_length(0.13), round_length(0)
    (5.0, 0.2, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    digit = next((digit for digit in (1, 2, 5, 10) if value <= digit * power * (1 + 1e-9)), 10)
    return float(f"{digit * power:.6g}")
