"""From the files tree to shards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from faceflow.dataset.layout import SequenceLayout, configuration_path
from faceflow.dataset.records import FrameRecord, SequenceRecord, read_record, write_json
from faceflow.dataset.shards.frame import ShardFrame, ShardHead
from faceflow.dataset.shards.names import frames_per_shard, shard_path, shard_ranges
from faceflow.dataset.shards.write import write_shard
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import DatasetError, FrameError
from faceflow.files import atomic_write, open_regular, os_reason, shown
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.progress import Progress
from faceflow.truth.placement import Placement
from faceflow.types import Landmarks, Triangles

ReadLandmarks: TypeAlias = Callable[[str, str, str], Landmarks]
"""The landmarks as used of a frame, (N, 2), by subject, sequence and frame."""


def pack_files(
    source: Path,
    output: Path,
    read: ReadLandmarks | None = None,
    per_shard: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Turn a files tree into shards.

    Parameters
    ----------
    source
        The files tree; its flow is not read, as it follows from the landmarks.
    output
        Where the shards go.
    read
        Where to take the landmarks from; by default the CSVs of the tree. Those have 3 decimals:
        flow that is made from them differs from that of the tree by up to some 0.001 px.
    per_shard
        Frames in a shard; by default `names.frames_per_shard`.
    progress
        Told about sequences.

    Raises
    ------
    DatasetError
        The tree is damaged.
    OSError
        The output cannot be written.
    """
    tree = DatasetTree.open(source)
    layouts = list(tree.layouts())
    if progress is not None:
        progress.start("sequences", len(layouts))
    for layout in layouts:
        folder = output / layout.subject / layout.sequence
        _SequenceOfFiles(layout, tree.placement, read).write(folder, per_shard)
        if progress is not None:
            progress.advance(1, 0)
    configuration = {**tree.configuration, "writer": "shards"}
    write_json(configuration_path(output), {**tree.facts, "configuration": configuration})


class _SequenceOfFiles:
    """One sequence of a files tree, and its frames as those of shards."""

    def __init__(
        self, layout: SequenceLayout, placement: Placement, read: ReadLandmarks | None
    ) -> None:
        self.layout = layout
        self.placement = placement
        self.record: SequenceRecord = read_record(layout.record)
        self.read = read
        self.triangles = _triangles(self.record, layout.record)

    def write(self, folder: Path, per_shard: int | None) -> None:
        """Write its shards, and then its record."""
        folder.mkdir(parents=True, exist_ok=True)
        count = per_shard or frames_per_shard(self.record.size, self.layout.image_format)
        for number, frames in enumerate(shard_ranges(len(self.record.frames), count)):
            head = ShardHead(
                self.layout.subject,
                self.layout.sequence,
                self.record.size,
                self.layout.image_format,
                count,
                frames.start,
                self.record.tracked,
            )
            write_shard(shard_path(folder, number), head, self._frames(frames))
        atomic_write(folder / self.layout.record.name, _bytes(self.layout.record))

    def _frames(self, numbers: range) -> Iterator[ShardFrame]:
        for number in numbers:
            frame = self.record.frames[number]
            path = self.layout.image(frame.name)
            image = _bytes(path) if frame.status == "ok" or path.exists() else None
            if frame.status == "ok":
                points = self._landmarks(frame)
                triangles = self.triangles
                if triangles is None:
                    triangles = self.placement.triangulate(points)
                yield ShardFrame(frame, image, points, triangles)
            else:
                yield ShardFrame(frame, image)

    def _landmarks(self, frame: FrameRecord) -> Landmarks:
        if self.read is not None:
            return self.read(self.layout.subject, self.layout.sequence, frame.name)
        path = self.layout.landmarks(frame.name)
        try:
            (face,) = read_image_csv(path)
        except (FrameError, ValueError) as error:
            raise DatasetError(f"{shown(path)} has no face that can be read: {error}") from error
        return face.landmarks


def _triangles(record: SequenceRecord, path: Path) -> Triangles | None:
    if record.triangles is None:
        return None
    try:
        return np.array(record.triangles, np.int32).reshape(len(record.triangles), 3)
    except (TypeError, ValueError, OverflowError) as error:
        raise DatasetError(f"{shown(path)} has triangles that are none: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise DatasetError(f"{shown(path)} cannot be read: {os_reason(error)}") from error
