"""From shards to the files tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from faceflow.dataset.flowfile import encode_flow
from faceflow.dataset.layout import PairName, SequenceLayout, configuration_path
from faceflow.dataset.records import (
    SequenceRecord,
    read_record,
    write_json,
    write_record,
)
from faceflow.dataset.shards.sequence import ShardsSequence
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import DatasetError, FlowFileError
from faceflow.files import atomic_write, shown
from faceflow.images import encode_image
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import encode_image_csv
from faceflow.progress import Progress


def unpack_shards(source: Path, output: Path, progress: Progress | None = None) -> None:
    """Turn shards into the files tree: the bytes that ``--writer files`` would have written.

    Pictures of flow are not made. The record of each sequence is written last.

    Parameters
    ----------
    source
        A dataset in shards.
    output
        Where the files go.
    progress
        Told about sequences.

    Raises
    ------
    DatasetError
        The shards are damaged.
    OSError
        The output cannot be written.
    """
    tree = DatasetTree.open(source)
    records = [layout.record for layout in tree.layouts()]
    if progress is not None:
        progress.start("sequences", len(records))
    for path in records:
        sequence = ShardsSequence(path)
        layout = replace(tree.layout(sequence.subject, sequence.sequence), root=output)
        _SequenceOfShards(sequence, layout, tree).write(read_record(path))
        if progress is not None:
            progress.advance(1, 0)
    configuration = {k: v for k, v in tree.configuration.items() if k != "writer"}
    write_json(configuration_path(output), {**tree.facts, "configuration": configuration})


class _SequenceOfShards:
    """One sequence in shards, and where its files go."""

    def __init__(self, sequence: ShardsSequence, layout: SequenceLayout, tree: DatasetTree) -> None:
        self.sequence = sequence
        self.layout = layout
        self.tree = tree

    def write(self, record: SequenceRecord) -> None:
        """Write its images, landmarks, flow and masks, and then its record."""
        for folder in (self.layout.flows, self.layout.records):
            folder.mkdir(parents=True, exist_ok=True)
        for number in range(len(record.frames)):
            self._write_frame(number, record)
        for pair, numbers in zip(self._pairs(), self.sequence.pairs.tolist(), strict=True):
            self._write_pair(pair, *numbers)
        write_record(self.layout.record, record)

    def _write_frame(self, number: int, record: SequenceRecord) -> None:
        frame = record.frames[number]
        data = self.sequence.encoded(number)
        if data is not None:
            atomic_write(self.layout.image(frame.name), data)
        reader, place = self.sequence.locate(number)
        if reader.record(place) != frame:
            raise DatasetError(f"{reader.called(place)}.json is not what its sequence.json says")
        if frame.status == "ok":
            landmarks, _ = self.sequence.geometry(number)
            csv = encode_image_csv([Face(landmarks, frame.confidence)])
            atomic_write(self.layout.landmarks(frame.name), csv)

    def _pairs(self) -> list[PairName]:
        names, from_first = self.sequence.names, self.tree.from_first
        return [
            PairName(names[first], names[second], second < first, from_first)
            for first, second in self.sequence.pairs.tolist()
        ]

    def _write_pair(self, pair: PairName, first: int, second: int) -> None:
        flow, valid, _ = self.sequence.flow(first, second, self.tree.fill, self.tree.without_hidden)
        path = self.layout.flow(pair)
        try:
            atomic_write(path, encode_flow(flow, valid, self.tree.flow_format, self.tree.outside))
        except FlowFileError as error:
            raise DatasetError(f"{shown(path)} cannot be written: {error}") from error
        if self.tree.has_masks:
            mask = valid.view(np.uint8) * np.uint8(255)
            atomic_write(self.layout.valid(pair), encode_image(mask, ".png"))
