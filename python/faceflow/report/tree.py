"""A dataset as its records tell it, a sequence at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from faceflow.dataset.layout import PairName, SequenceLayout
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.records import PairRecord
from faceflow.dataset.tree import DatasetTree
from faceflow.files import shown


class MadePair(NamedTuple):
    """A pair that has flow."""

    layout: SequenceLayout
    name: PairName
    record: PairRecord

    @property
    def title(self) -> str:
        """Subject, sequence and frames on one line."""
        frames = f"{shown(self.name.first)} → {shown(self.name.second)}"
        return f"{sequence_title(self.layout)}  {frames}"


class Tree(DatasetTree):
    """A dataset as its page tells it."""

    @property
    def problems(self) -> dict[str, str]:
        """The sequences of which nothing could be made, and why."""
        problems = self.facts.get("problems")
        return problems if isinstance(problems, dict) else {}

    @property
    def max_flow(self) -> float | None:
        """Full colour of the flow pictures in pixels; None: each its own, or not recorded."""
        pictures = self.facts.get("pictures")
        length = pictures.get("max_flow") if isinstance(pictures, dict) else None
        if not isinstance(length, int | float) or not (math.isfinite(length) and length > 0):
            return None
        return float(length)

    def made_pairs(self, layout: SequenceLayout, record: RecordFile) -> Iterator[MadePair]:
        """The pairs of a sequence whose status is ``ok``."""
        for name, pair in self.ok_pairs(record):
            yield MadePair(layout, name, pair)

    def url(self, path: Path) -> str:
        """A file's address relative to the dataset, whatever bytes its name has."""
        parts = path.relative_to(self.root).parts
        return "./" + "/".join(quote(os.fsencode(part), safe="") for part in parts)


def sequence_title(layout: SequenceLayout) -> str:
    """``subject/sequence`` on one line."""
    return shown(f"{layout.subject}/{layout.sequence}")
