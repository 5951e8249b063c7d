"""A dataset as its records tell it, a sequence at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from faceflow.dataset.layout import FLOW_SUFFIXES, PairName, SequenceLayout, configuration_path
from faceflow.dataset.records import PairRecord, SequenceRecord, read_json, read_record
from faceflow.errors import DatasetError
from faceflow.files import natural_key, shown


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


@dataclass(frozen=True)
class Tree:
    """A dataset of files and what ``dataset.json`` says of it."""

    root: Path
    facts: dict[str, Any]

    @classmethod
    def open(cls, root: Path) -> Tree:
        """Read ``dataset.json``.

        Raises
        ------
        DatasetError
            It cannot be read, or does not say how the files are named.
        """
        facts = read_json(configuration_path(root))
        name, configuration = shown(configuration_path(root)), facts.get("configuration")
        if not isinstance(configuration, dict):
            raise DatasetError(f"{name} has no configuration")
        found, taken = configuration.get("flow_format"), ", ".join(FLOW_SUFFIXES)
        if found not in FLOW_SUFFIXES:
            raise DatasetError(f"{name} has the flow format {found!r}, {taken} are taken")
        return cls(root, facts)

    @property
    def configuration(self) -> dict[str, Any]:
        """What the dataset was made with."""
        configuration: dict[str, Any] = self.facts["configuration"]
        return configuration

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

    @property
    def from_first(self) -> bool:
        """Whether pairs share their first frame and are named after both."""
        return bool(self.configuration.get("from_first", False))

    def layout(self, subject: str, sequence: str) -> SequenceLayout:
        """The paths of one sequence's files."""
        flow_format = str(self.configuration["flow_format"])
        image_format = str(self.configuration.get("image_format", "jpg"))
        return SequenceLayout(self.root, subject, sequence, flow_format, image_format)

    def layouts(self) -> Iterator[SequenceLayout]:
        """Of every sequence that has a record, in natural order."""
        paths = [path.parts[-3:-1] for path in self.root.glob("*/*/sequence.json")]
        for subject, sequence in sorted(paths, key=lambda p: [natural_key(part) for part in p]):
            yield self.layout(subject, sequence)

    def made_pairs(self, layout: SequenceLayout, record: SequenceRecord) -> Iterator[MadePair]:
        """The pairs of a sequence whose status is ``ok``."""
        place = {frame.name: i for i, frame in enumerate(record.frames)}
        for pair in record.pairs:
            if pair.status == "ok":
                backward = place[pair.second] < place[pair.first]
                name = PairName(pair.first, pair.second, backward, self.from_first)
                yield MadePair(layout, name, pair)

    def url(self, path: Path) -> str:
        """A file's address relative to the dataset, whatever bytes its name has."""
        parts = path.relative_to(self.root).parts
        return "./" + "/".join(quote(os.fsencode(part), safe="") for part in parts)


def read_sound_record(path: Path) -> SequenceRecord:
    """Read a record, and make sure that its names are files' and its statistics are numbers.

    Raises
    ------
    DatasetError
        One of them is not, or the file is no record at all.
    """
    record = read_record(path)
    try:
        for frame in record.frames:
            if not frame.name or {"/", "\0"} & set(frame.name):
                raise ValueError(f"a frame is named {frame.name!r}")
            os.fsencode(frame.name)
        for pair in record.pairs:
            _check_statistics(pair)
    except ValueError as error:
        raise DatasetError(f"{shown(path)} is no record of a sequence: {error}") from error
    return record


def _check_statistics(pair: PairRecord) -> None:
    if pair.status != "ok":
        return
    for number in (pair.valid_px, pair.mean_px, pair.max_px, pair.flipped):
        usable = isinstance(number, int | float) and math.isfinite(number) and number >= 0
        if not usable:
            raise ValueError(f"the statistics of {shown(pair.first)} hold {number!r}")


def sequence_title(layout: SequenceLayout) -> str:
    """``subject/sequence`` on one line."""
    return shown(f"{layout.subject}/{layout.sequence}")
