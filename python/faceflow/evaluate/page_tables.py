"""What the tables of an evaluation's page say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from faceflow.files import natural_key, shown
from faceflow.report.charts import number

NOTHING = "-"
"""Stands where there is no value."""

MOST_ROWS = 40
"""Of a table of subjects or sequences."""

Stats = Mapping[str, float | None]
"""The statistics of some pixels, as ``results.json`` has them."""


class Metric(NamedTuple):
    """A column of ``results.json`` that has a table."""

    key: str
    title: str
    unit: str


METRICS = (
    Metric("epe", "End-point error", "px"),
    Metric("aae", "Angular error", "°"),
    Metric("fl", "Fl", "%"),
    Metric("photometric", "Photometric error", "grey levels"),
)
"""Between which the tables of groups can be switched."""

COLUMNS = (
    ("epe", "EPE, px"),
    ("epe_median", "median"),
    ("epe_p90", "90 %"),
    ("epe_p99", "99 %"),
    ("aae", "AAE, °"),
    ("over_1", "> 1 px, %"),
    ("over_3", "> 3 px, %"),
    ("over_5", "> 5 px, %"),
    ("fl", "Fl, %"),
    ("photometric", "Photometric"),
)
"""Of the table of all pixels."""


class Cell(NamedTuple):
    """A value, and whether no other method's is less."""

    text: str
    best: bool


class Row(NamedTuple):
    """A group of pixels: a size of motion, a region, a subject, a sequence."""

    name: str
    pixels: float
    """The group's share of all, 0 to 1."""
    cells: list[dict[str, Cell]]
    """By method, then by metric."""


class Group(NamedTuple):
    """A table of groups."""

    title: str
    what: str
    rows: list[Row]
    more: int
    """How many are left out: those with the least error."""


def text_of(key: str, value: float | None) -> str:
    """A statistic to the digits that say something.

    Examples
    --------
    >>> text_of("epe", 0.123456), text_of("fl", 3.14159), text_of("aae", None)
    ('0.123', '3.14', '-')
    """
    if value is None:
        return NOTHING
    return number(value) if key.startswith("epe") else f"{value:.2f}"


def overall(results: Mapping[str, Any]) -> list[dict[str, Cell]]:
    """Of each method the cells of `COLUMNS`."""
    keys = [key for key, _ in COLUMNS]
    return _cells(keys, [results["results"][m]["all"] for m in results["methods"]], results)


def groups(results: Mapping[str, Any]) -> list[Group]:
    """The tables by size of motion, region, subject and sequence, those that have rows."""
    made = [
        _group(results, "by_magnitude", "Size of motion", "true motion", order=list),
        _group(results, "by_region", "Region of the face", "region", order=list),
        _group(results, "by_subject", "Subjects", "subject", order=_natural),
        _group(results, "by_sequence", "Sequences", "sequence", order=_natural),
    ]
    return [group for group in made if group.rows]


def _natural(names: list[str]) -> list[str]:
    return sorted(names, key=natural_key)


def _group(results: Mapping[str, Any], key: str, title: str, what: str, order: Any) -> Group:
    of_methods = [results["results"][method][key] for method in results["methods"]]
    names = list(dict.fromkeys(name for groups in of_methods for name in groups))
    stats = {name: [groups.get(name, {}) for groups in of_methods] for name in names}
    stats = {name: each for name, each in stats.items() if any(s.get("pixels") for s in each)}
    worst = set(sorted(stats, key=lambda name: -_most_error(stats[name]))[:MOST_ROWS])
    total = max(_pixels([results["results"][m]["all"] for m in results["methods"]]), 1)
    metrics = [metric.key for metric in METRICS]
    rows = [
        Row(
            spelled(name) if key == "by_magnitude" else shown(name),
            _pixels(stats[name]) / total,
            _cells(metrics, stats[name], results),
        )
        for name in order([name for name in stats if name in worst])
    ]
    return Group(title, what, rows, len(stats) - len(rows))


def _most_error(stats: Sequence[Stats]) -> float:
    return max(each.get("epe") or 0.0 for each in stats)


def _pixels(stats: Sequence[Stats]) -> float:
    return max((each.get("pixels") or 0 for each in stats), default=0)


def spelled(magnitude: str) -> str:
    """A class of motion by size, in words.

    Examples
    --------
    >>> spelled("0.5-1"), spelled("5-")
    ('0.5 to 1 px', '5 px and more')
    """
    low, _, high = magnitude.partition("-")
    return f"{low} to {high} px" if high else f"{low} px and more"


def _cells(
    keys: Sequence[str], stats: Sequence[Stats], results: Mapping[str, Any]
) -> list[dict[str, Cell]]:
    """Of each method a cell for each statistic."""
    cells: list[dict[str, Cell]] = [{} for _ in stats]
    for key in keys:
        values = [each.get(key) for each in stats]
        least = min((v for v in _compared(key, values, results)), default=None)
        for cell, value in zip(cells, values, strict=True):
            best = len(values) > 1 and value is not None and value == least
            cell[key] = Cell(text_of(key, value), best)
    return cells


def _compared(key: str, values: list[float | None], results: Mapping[str, Any]) -> list[float]:
    """The values that compete: the ground truth only where images are what it is measured on."""
    competing = []
    for method, value in zip(results["methods"], values, strict=True):
        if value is not None and (key == "photometric" or not is_truth(results, method)):
            competing.append(value)
    return competing


def is_truth(results: Mapping[str, Any], method: str) -> bool:
    """Whether a method is the ground truth itself: nothing else has no error at all."""
    return bool(results["results"][method]["all"]["epe"] == 0)
