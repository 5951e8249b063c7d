"""``results.csv`` and ``summary.md``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from faceflow.evaluate.regions import FACE, REGION_NAMES
from faceflow.evaluate.run import Evaluation
from faceflow.evaluate.state import Row, State
from faceflow.evaluate.stats import CLASS_NAMES
from faceflow.evaluate.totals import IN_FACE, over_rows
from faceflow.files import shown
from faceflow.flow.score import COLUMNS, UNITS

HEADER = (
    *("method", "subject", "sequence", "frame", "region"),
    *("pixels", "epe", "aae", "fl", "photometric", "seconds"),
)

_ROWS_AT_ONCE = 5000


def csv_parts(evaluation: Evaluation, state: State) -> Iterator[bytes]:
    """``results.csv``: a row for each method, pair and region.

    The region ``all`` is the whole validity; the others follow where they are known. A pair of
    which a method has nothing has one row without figures.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADER)
    for number, method in enumerate(evaluation.options.methods):
        for row in state.rows(number):
            names = evaluation.pairs[row.place].names
            rows.writerows((method, *names[:3], *figures) for figures in _figures(row))
            if text.tell() > 100 * _ROWS_AT_ONCE:
                yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    data = text.getvalue().encode("utf-8", "surrogateescape")
    text.seek(0)
    text.truncate()
    return data


def _figures(row: Row) -> Iterator[tuple[object, ...]]:
    if row.sums is None:
        yield ("all", 0, "", "", "", "", "")
        return
    face = over_rows(row.sums, IN_FACE)
    tables = [("all", over_rows(row.sums))]
    if any(face):
        tables += [(FACE, face), *zip(REGION_NAMES, row.sums[IN_FACE].tolist(), strict=True)]
    for name, sums in tables:
        of = dict(zip(COLUMNS, sums, strict=True))
        pixels, compared = of["pixels"], of["compared"]
        yield (
            name,
            pixels,
            _number(of["epe"], pixels * UNITS),
            _number(of["aae"], pixels * UNITS),
            _number(100 * of["fl"], pixels),
            _number(of["photometric"], 3 * compared),
            f"{row.seconds:.6f}",
        )


def _number(over: int, under: int) -> str:
    return f"{over / under:.6f}" if under else ""


def summary(results: Mapping[str, Any]) -> str:
    """``summary.md``: the figures of ``results.json`` as tables."""
    lines = [
        f"# Flow on {results['dataset']}",
        "",
        f"Pairs: {results['pairs']}, subjects: {results['subjects']}, protocol "
        f"`{results['protocol']}`, faceflow {results['faceflow']}. Errors in px (AAE in degrees, "
        "photometric error in grey levels), shares in percent; in brackets 95 % confidence, by "
        "subject.",
        "",
        *(f"- {note}" for note in results["notes"]),
    ]
    methods = results["results"]
    lines += ["", *_table(_OVERALL, (_overall(m, r) for m, r in methods.items()))]
    if results["versus"] is not None:
        lines += ["", f"## Beside {_cell(results['versus'])}", ""]
        lines += _table(
            ("method", "EPE", "AAE", "photometric"),
            (_beside(m, r["difference"]) for m, r in methods.items() if r["difference"]),
        )
    for title, key in (("magnitude, px", "by_magnitude"), ("region", "by_region")):
        lines += ["", f"## EPE by {title}", "", *_by(methods, key, _NAMES[key])]
    subjects = dict.fromkeys(name for r in methods.values() for name in r["by_subject"])
    lines += ["", "## EPE by subject", "", *_by(methods, "by_subject", list(subjects))]
    return "\n".join(lines) + "\n"


_NAMES = {"by_magnitude": CLASS_NAMES, "by_region": (FACE, *REGION_NAMES)}

_OVERALL = (
    *("method", "pairs", "EPE", "median", "90 %", "99 %", "AAE", "> 1 px", "> 3 px", "> 5 px"),
    *("Fl", "photometric", "s a pair"),
)


def _overall(method: str, result: Mapping[str, Any]) -> list[str]:
    stats, sure = result["all"], result["confidence"]
    return [
        _cell(method),
        str(result["pairs"]),
        _with(stats["epe"], sure["epe"]),
        *(_figure(stats[name]) for name in ("epe_median", "epe_p90", "epe_p99")),
        _with(stats["aae"], sure["aae"]),
        *(_figure(stats[name], 2) for name in ("over_1", "over_3", "over_5", "fl")),
        _with(stats["photometric"], sure["photometric"]),
        _figure(result["seconds"]),
    ]


def _beside(method: str, difference: Mapping[str, Any]) -> list[str]:
    cells = [_cell(method)]
    for measure in ("epe", "aae", "photometric"):
        found = difference[measure]
        if found is None:
            cells.append("")
        else:
            ends = None if found["low"] is None else [found["low"], found["high"]]
            cells.append(_with(found["mean"], ends, "+.3f"))
    return cells


def _by(methods: Mapping[str, Any], key: str, names: Sequence[str]) -> list[str]:
    rows = []
    for name in names:
        stats = [result[key].get(name) for result in methods.values()]
        pixels = max((s["pixels"] for s in stats if s), default=0)
        figures = [_figure(s["epe"]) if s else "" for s in stats]
        rows.append([_cell(name), str(pixels), *figures])
    return _table(["", "pixels", *map(_cell, methods)], rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(row) + " |" for row in (header, rule, *rows)]


def _cell(text: str) -> str:
    return shown(text).replace("|", "\\|")


def _figure(value: float | None, decimals: int = 3) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _with(value: float | None, ends: Sequence[float] | None, form: str = ".3f") -> str:
    if value is None:
        return ""
    if ends is None:
        return f"{value:{form}}"
    return f"{value:{form}} [{ends[0]:{form}}, {ends[1]:{form}}]"
