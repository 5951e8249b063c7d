"""Where the marks of an audit's charts lie; the page's template draws them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from faceflow.audit.tally import SequenceTally, Tally
from faceflow.dataset.choice import Foremost, lot
from faceflow.report.charts import Tick, number, round_length
from faceflow.types import AnyArray

SCATTER_SIDE = 320
LINES_SIZE = (520, 150)
MOST_DOTS = 800
MOST_LINES = 12
"""Sequences whose errors are drawn over the frames."""
_MOST_POINTS = 260

NAMES = {"label": "label", "zero": "no flow", "dis": "DIS", "farneback": "Farneback"}
NAMES |= {"face": "face network", "tvl1": "TV-L1", "pcaflow": "PCA-Flow", "deepflow": "DeepFlow"}


class Point(NamedTuple):
    """A pair in a scatter chart."""

    x: float
    y: float
    worse: bool
    """Whether the label has more error than what it is compared with."""
    label: str


class Scatter(NamedTuple):
    """The label's error over another one's."""

    points: list[Point]
    ticks: list[Tick]
    """Of both axes; y counts from the top."""
    against: str
    summary: str


class Line(NamedTuple):
    """One method's errors."""

    method: str
    path: str


class Lines(NamedTuple):
    """The errors of one sequence, over its pairs."""

    name: str
    lines: list[Line]
    ticks: list[Tick]
    """Of the axis of errors; x is the height from the top."""
    summary: str


def scatter(tally: Tally, against: str) -> Scatter:
    """Lay out the label's error of each pair over another one's, or of some drawn by lot."""
    column = tally.methods.index(against)
    drawn: Foremost[tuple[float, float, str]] = Foremost(MOST_DOTS)
    for sequence in tally.sequences:
        for place, errors in zip(sequence.places, sequence.errors.tolist(), strict=True):
            title = f"{sequence.name}, pair {place + 1}"
            drawn.offer(lot(title), (errors[column], errors[0], title))
    dots = drawn.items()
    values = np.array([dot[:2] for dot in dots])
    limit = round_length(float(np.quantile(values.max(axis=1), 0.98)))
    points = [_point(*dot, against, limit) for dot in dots]
    return Scatter(points, _ticks(limit, SCATTER_SIDE), NAMES[against], _words(tally, against))


def _point(x: float, y: float, title: str, against: str, limit: float) -> Point:
    label = f"{title}: label {number(y)}, {NAMES[against]} {number(x)}"
    scale = SCATTER_SIDE / limit
    return Point(min(x, limit) * scale, SCATTER_SIDE - min(y, limit) * scale, y > x, label)


def _words(tally: Tally, against: str) -> str:
    column = tally.methods.index(against)
    worse = sum(int((s.errors[:, 0] > s.errors[:, column]).sum()) for s in tally.sequences)
    share = tally.share(worse)
    return f"The label has more error than {NAMES[against]} on {share:.0%} of {tally.pairs:,} pairs"


def _ticks(limit: float, length: float) -> list[Tick]:
    return [Tick(length * k / 4, f"{limit * k / 4:g}") for k in range(5)]


def lines(sequence: SequenceTally) -> Lines:
    """Lay out the errors of a sequence's pairs in order; of very many, means of neighbours."""
    errors = _thinned(sequence.errors)
    limit = round_length(float(errors.max()))
    width, height = LINES_SIZE
    x = np.linspace(0, width, len(errors)) if len(errors) > 1 else np.array([width / 2])
    drawn = []
    for column, method in enumerate(sequence.methods):
        y = height - np.minimum(errors[:, column], limit) * (height / limit)
        corners = zip(x.tolist(), y.tolist(), strict=True)
        drawn.append(Line(method, " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)))
    ticks = [Tick(height - tick.x, tick.label) for tick in _ticks(limit, height)[::2]]
    means = ", ".join(f"{NAMES[m]} {number(v)}" for m, v in sequence.means.items())
    return Lines(sequence.name, drawn, ticks, f"{sequence.pairs:,} pairs; means: {means}")


def _thinned(errors: AnyArray) -> AnyArray:
    if len(errors) <= _MOST_POINTS:
        return errors
    parts = np.array_split(errors, _MOST_POINTS)
    return np.array([part.mean(axis=0) for part in parts])
