"""What the page's player is told of each sequence: only what it cannot work out by itself."""

from __future__ import annotations

import json
import os
import re
from array import array
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import numpy as np

from faceflow.dataset.layout import SequenceLayout
from faceflow.dataset.recordfile import RecordFile
from faceflow.report.tree import Tree, sequence_title

MOST_BYTES = 2_000_000
"""Of the lists of all sequences together; later sequences have no player."""

_NUMBERED = re.compile(r"(.*?)([0-9]{1,15})", re.DOTALL)


class PlayerList:
    """The sequences that have pictures, as JSON that is never larger than a page may hold."""

    def __init__(self, tree: Tree, wanted: bool) -> None:
        self.entries: list[dict[str, Any]] = []
        self.left_out = 0
        self._tree = tree
        self._wanted = wanted
        self._room = MOST_BYTES

    def add(self, layout: SequenceLayout, record: RecordFile) -> None:
        """Take a sequence if it has pictures and there is room for it."""
        if not self._wanted or not layout.pictures.is_dir():
            return
        first = next(self._tree.made_pairs(layout, record), None)
        flow = first is not None and layout.flow_picture(first.name).exists()
        mesh = first is not None and layout.mesh_picture(first.name).exists()
        if not flow and not mesh:
            return
        entry = {**_entry(layout, record), "flow": flow, "mesh": mesh}
        size = len(json.dumps(entry, separators=(",", ":")))
        if size > self._room:
            self.left_out += 1
            return
        self._room -= size
        self.entries.append(entry)


def _entry(layout: SequenceLayout, record: RecordFile) -> dict[str, Any]:
    steps, lengths = array("i"), array("q")
    for pair in record.pairs():
        steps.extend((record.number(pair.first), record.number(pair.second)))
        # In 1/100 px, which is less to write; -1 where there is no flow.
        lengths.append(-1 if pair.status != "ok" else round(100 * (pair.max_px or 0)))
    table = np.array(steps).reshape(-1, 2)
    # Forward pairs and then backward ones: each half is one run, where alternating ones are none.
    order = np.argsort(table[:, 1] < table[:, 0], kind="stable")
    return {
        "title": sequence_title(layout),
        "subject": _quoted(layout.subject),
        "sequence": _quoted(layout.sequence),
        "frames": name_ranges(frame.name for frame in record.frames()),
        "pairs": step_runs((int(a), int(b)) for a, b in table[order]),
        "longest": np.array(lengths)[order].tolist(),
    }


def name_ranges(names: Iterable[str]) -> list[list[Any]]:
    """Names as ranges of numbers: URL-quoted prefix, first number, digits, how many.

    A name without a number at its end is a range of none: its quoted self and three zeros.

    Examples
    --------
    >>> name_ranges(["f 098", "f 099", "f 100", "last"])
    [['f%20', 98, 3, 3], ['last', 0, 0, 0]]
    """
    ranges: list[list[Any]] = []
    prefix, first, digits, following = "", 0, 0, None
    for name in names:
        if name != following:
            match = _NUMBERED.fullmatch(name)
            prefix, number = match.groups() if match else (name, "")
            first, digits = int(number or 0), len(number)
            ranges.append([_quoted(prefix), first, digits, 0])
        if digits:
            ranges[-1][3] += 1
            following = f"{prefix}{first + ranges[-1][3]:0{digits}}"
        else:
            following = None
    return ranges


def step_runs(steps: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Pairs of frame numbers as runs: first pair, what each number grows by, how many.

    Examples
    --------
    >>> step_runs([(0, 1), (1, 2), (2, 3), (0, 2)])
    [[0, 1, 1, 1, 3], [0, 2, 0, 0, 1]]
    """
    runs: list[list[int]] = []
    for step in steps:
        if runs:
            run = runs[-1]
            if run[4] == 1:
                run[2:4] = step[0] - run[0], step[1] - run[1]
            if step == (run[0] + run[2] * run[4], run[1] + run[3] * run[4]):
                run[4] += 1
                continue
        runs.append([*step, 0, 0, 1])
    return runs


def _quoted(name: str) -> str:
    return quote(os.fsencode(name), safe="")
