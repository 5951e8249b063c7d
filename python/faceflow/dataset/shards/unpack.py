"""From shards to the files tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from faceflow.dataset.layout import PairName, SequenceLayout, configuration_path
from faceflow.dataset.records import (
    SequenceRecord,
    read_json,
    read_record,
    write_json,
    write_record,
)
from faceflow.dataset.shards.dataset import read_configuration
from faceflow.dataset.shards.flowfile import encode_flow, fill_of, writes_masks
from faceflow.dataset.shards.sequence import ShardsSequence
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
    configuration = read_configuration(source)
    formats = str(configuration["flow_format"]), str(configuration.get("image_format", "jpg"))
    paths = sorted(source.glob("*/*/sequence.json"))
    if progress is not None:
        progress.start("sequences", len(paths))
    for path in paths:
        sequence = ShardsSequence(path)
        layout = SequenceLayout(output, sequence.subject, sequence.sequence, *formats)
        _SequenceOfShards(sequence, layout, configuration).write(read_record(path))
        if progress is not None:
            progress.advance(1, 0)
    fields = read_json(configuration_path(source))
    fields["configuration"] = {k: v for k, v in configuration.items() if k != "writer"}
    write_json(configuration_path(output), fields)


class _SequenceOfShards:
    """One sequence in shards, and where its files go."""

    def __init__(
        self, sequence: ShardsSequence, layout: SequenceLayout, configuration: dict[str, Any]
    ) -> None:
        self.sequence = sequence
        self.layout = layout
        self.configuration = configuration

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
        names, from_first = self.sequence.names, bool(self.configuration.get("from_first"))
        return [
            PairName(names[first], names[second], second < first, from_first)
            for first, second in self.sequence.pairs.tolist()
        ]

    def _write_pair(self, pair: PairName, first: int, second: int) -> None:
        flow, valid, _ = self.sequence.flow(first, second, fill_of(self.configuration))
        path = self.layout.flow(pair)
        try:
            atomic_write(path, encode_flow(flow, valid, self.configuration))
        except FlowFileError as error:
            raise DatasetError(f"{shown(path)} cannot be written: {error}") from error
        if writes_masks(self.configuration):
            mask = valid.view(np.uint8) * np.uint8(255)
            atomic_write(self.layout.valid(pair), encode_image(mask, ".png"))
