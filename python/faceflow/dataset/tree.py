"""What lies in a dataset's folder, as ``dataset.json`` and the records tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from faceflow.dataset.flowfile import VISIBLE, fill_of, needs_masks
from faceflow.dataset.layout import FLOW_SUFFIXES, PairName, SequenceLayout, configuration_path
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.records import PairRecord, read_json
from faceflow.errors import DatasetError
from faceflow.files import natural_key, shown
from faceflow.truth.placement import Placement


@dataclass(frozen=True)
class DatasetTree:
    """A dataset, be it of files or in shards, and what ``dataset.json`` says of it."""

    root: Path
    facts: dict[str, Any]

    @classmethod
    def open(cls, root: Path) -> Self:
        """Read ``dataset.json``.

        Raises
        ------
        DatasetError
            It cannot be read, has no configuration, or formats that are not known.
        """
        facts = read_json(configuration_path(root))
        name, configuration = shown(configuration_path(root)), facts.get("configuration")
        if not isinstance(configuration, dict):
            raise DatasetError(f"{name} has no configuration")
        found, taken = configuration.get("flow_format"), ", ".join(FLOW_SUFFIXES)
        if found not in tuple(FLOW_SUFFIXES):
            raise DatasetError(f"{name} has the flow format {found!r}, {taken} are taken")
        if configuration.get("image_format", "jpg") not in ("jpg", "png"):
            found = configuration["image_format"]
            raise DatasetError(f"{name} has the image format {found!a:.60}, jpg, png are taken")
        return cls(root, facts)

    @property
    def configuration(self) -> dict[str, Any]:
        """What the dataset was made with."""
        configuration: dict[str, Any] = self.facts["configuration"]
        return configuration

    @property
    def in_shards(self) -> bool:
        """Whether its frames lie in tar files."""
        return self.configuration.get("writer") == "shards"

    @property
    def from_first(self) -> bool:
        """Whether pairs share their first frame and are named after both."""
        return bool(self.configuration.get("from_first", False))

    @property
    def flow_format(self) -> str:
        """What ``--flow-format`` was."""
        return str(self.configuration["flow_format"])

    @property
    def outside(self) -> str:
        """What ``--outside`` was."""
        return str(self.configuration.get("outside", "unknown"))

    @property
    def fill(self) -> float:
        """What flow is given outside the triangles in memory."""
        return fill_of(self.outside)

    @property
    def has_masks(self) -> bool:
        """Whether a mask goes with each flow file."""
        return needs_masks(self.outside, self.extended, bool(self.configuration.get("masks")))

    @property
    def placement(self) -> Placement:
        """Which points stand after a face's landmarks."""
        options = map(self.configuration.get, ("extend", "triangulation", "images"))
        return Placement.of(*options)

    @property
    def extended(self) -> bool:
        """Whether there is flow beyond what is ground truth."""
        return self.configuration.get("extend") == "border"

    @property
    def without_hidden(self) -> bool:
        """Whether folded and hidden pixels are not valid: ``--masks``, but for old datasets."""
        return self.configuration.get("masks") == VISIBLE

    def layout(self, subject: str, sequence: str) -> SequenceLayout:
        """The paths of one sequence's files."""
        image_format = str(self.configuration.get("image_format", "jpg"))
        formats = self.flow_format, image_format
        return SequenceLayout(self.root, subject, sequence, *formats, self.in_shards)

    def layouts(self) -> Iterator[SequenceLayout]:
        """Of every sequence that has a record, in natural order."""
        paths = [path.parts[-3:-1] for path in self.root.glob("*/*/sequence.json")]
        for subject, sequence in sorted(paths, key=lambda p: [natural_key(part) for part in p]):
            yield self.layout(subject, sequence)

    def ok_pairs(self, record: RecordFile) -> Iterator[tuple[PairName, PairRecord]]:
        """The pairs of a sequence that have flow, by name."""
        for pair in record.pairs():
            if pair.status == "ok":
                yield self.pair_name(record, pair), pair

    def pair_name(self, record: RecordFile, pair: PairRecord) -> PairName:
        """What the files of a pair are called after."""
        backward = record.number(pair.second) < record.number(pair.first)
        return PairName(pair.first, pair.second, backward, self.from_first)
