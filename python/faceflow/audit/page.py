"""The page of an audit."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from faceflow.audit import plots
from faceflow.audit.measure import measure_pair, region_of
from faceflow.audit.pairs import Loaded, Pair, PairsOf
from faceflow.audit.tally import SequenceTally, Tally
from faceflow.errors import FaceflowError
from faceflow.execute.cores import allowed_cores
from faceflow.files import StrPath, atomic_write, shown
from faceflow.images import swap_colours
from faceflow.methods.registry import find_estimator
from faceflow.opencv import one_thread
from faceflow.report import charts
from faceflow.report.pair import difference, lengths, warped_back
from faceflow.report.pictures import Picture, flow_picture, inside, wheel
from faceflow.report.template import render
from faceflow.types import Flow

MOST_ROWS = 200
"""Sequences that have a line of their own."""

MUCH = 0.6
"""Of the pairs, from which share on the sign is doubted."""

_LONGEST = 240


class Card(NamedTuple):
    """One of the worst pairs."""

    title: str
    numbers: dict[str, str]
    pictures: list[Picture]
    problem: str | None = None


def write_page(dataset: PairsOf, root: Path, tally: Tally, out: StrPath, images: bool) -> None:
    """Write the page of an audit, everything inside.

    Parameters
    ----------
    dataset, root
        What was audited, and where it lies.
    tally
        What was found; at least one pair.
    out
        The page.
    images
        Whether faces may be seen.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with one_thread(), ThreadPoolExecutor(len(allowed_cores())) as threads:
        worst = list(threads.map(partial(_card, tally, images=images), tally.worst))
    rows = _rows(tally.sequences)
    context = {
        "title": f"Audit of {shown(root.absolute().name)}",
        "kind": dataset.kind,
        "images": images,
        "tally": tally,
        "methods": [(name, plots.NAMES[name]) for name in tally.methods],
        "rows": rows,
        "more_rows": len(tally.sequences) - len(rows),
        "most": max(max(row.means.values()) for row in rows),
        "scatters": [plots.scatter(tally, against) for against in ("zero", "dis")],
        "scatter_side": plots.SCATTER_SIDE,
        "lines": [plots.lines(s) for s in _worst_first(tally.sequences)[: plots.MOST_LINES]],
        "lines_size": plots.LINES_SIZE,
        "worst": worst,
        "wheel": wheel(),
        "sign_doubted": tally.better_negated > MUCH,
        "worse_sequences": sum(s.means["label"] > s.means["zero"] for s in tally.sequences),
    }
    atomic_write(out, render("audit.html.j2", **context).encode())


def _worst_first(sequences: Sequence[SequenceTally]) -> list[SequenceTally]:
    return sorted(sequences, key=lambda s: s.means["dis"] - s.means["label"])


def _rows(sequences: Sequence[SequenceTally]) -> list[SequenceTally]:
    """The worst of them, in natural order."""
    chosen = {sequence.name for sequence in _worst_first(sequences)[:MOST_ROWS]}
    return [sequence for sequence in sequences if sequence.name in chosen]


def _card(tally: Tally, pair: Pair, images: bool) -> Card:
    measured = measure_pair(tally.methods[1:], pair)
    numbers = {plots.NAMES[n]: f"{charts.number(e)}" for n, e in measured.errors.items()}
    if pair.flipped is not None:
        numbers["flipped triangles"] = str(pair.flipped)
    if measured.jump:
        numbers["landmarks"] = "jump"
    try:
        return Card(pair.title, numbers, _pictures(pair.load(), images))
    except FaceflowError as error:
        return Card(pair.title, numbers, [], str(error))


def _pictures(loaded: Loaded, images: bool) -> list[Picture]:
    first, second, flow, _ = loaded
    longest = float(lengths(flow).max(initial=0.0)) or 1.0
    drawn = inside(
        flow_picture(flow, longest), f"flow, up to {charts.number(longest)} px", _LONGEST
    )
    if not images:
        return [drawn]
    dis = find_estimator("dis")(swap_colours(first), swap_colours(second))
    return [
        inside(first, "first frame", _LONGEST),
        drawn,
        inside(_left(loaded, flow), "left by the label, 8x", _LONGEST),
        inside(_left(loaded, dis), "left by DIS, 8x", _LONGEST),
    ]


def _left(loaded: Loaded, flow: Flow) -> Any:
    """What is left of the difference of the frames, where it is measured."""
    left = difference(loaded.first, warped_back(loaded.second, flow), flow)
    left[~region_of(loaded)] = 0
    return left
