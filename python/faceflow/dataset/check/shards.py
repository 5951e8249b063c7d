"""The check of one sequence in shards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from faceflow.dataset.check.findings import Fault, Part
from faceflow.dataset.check.inside import inner_name, is_link_out, is_unreadable
from faceflow.dataset.check.looks import check_image
from faceflow.dataset.check.opened import OpenedSequence
from faceflow.dataset.records import WITHOUT_IMAGE, FrameRecord
from faceflow.dataset.shards.frame import ShardHead
from faceflow.dataset.shards.index import read_index
from faceflow.dataset.shards.names import frames_per_shard, index_path, shard_path
from faceflow.dataset.shards.read import ShardReader
from faceflow.dataset.shards.verify import verify_shard
from faceflow.errors import DatasetError
from faceflow.execute.work import Stream, Task
from faceflow.files import TEMPORARY_PREFIX, shown
from faceflow.types import Triangles


class ShardsCheck:
    """Looks at every byte of a sequence's shards, and whether they hold the record's frames."""

    def __init__(self, opened: OpenedSequence) -> None:
        self.opened = opened
        self.folder = opened.layout.records
        self.per_shard = opened.per_shard = self._frames_per_shard()
        self.shards = -(-opened.record.frame_count // self.per_shard)

    def stages(self) -> Iterator[list[Task] | Stream]:
        """What is to be done, in parts that each return a `Part`."""
        yield Stream.of_tasks(self._shard_tasks())
        for _ in self.opened.ok_pairs():
            pass
        yield [self._find_others]

    def _frames_per_shard(self) -> int:
        """By an index that can be read, or else what a writer would choose."""
        for path in sorted(self.folder.glob("shard-*.json")):
            if is_link_out(self.opened.layout.root, path):
                continue
            try:
                return read_index(path.with_suffix(".tar")).head.frames_per_shard
            except DatasetError:
                continue
        return frames_per_shard(self.opened.record.size, self.opened.layout.image_format)

    def _shard_tasks(self) -> Iterator[Task]:
        frames = self.opened.frames()
        for number in range(self.shards):
            yield partial(self._check_shard, number, list(islice(frames, self.per_shard)))

    def _check_shard(self, number: int, frames: list[FrameRecord]) -> Part:
        path, part = shard_path(self.folder, number), Part(files=2)
        name = inner_name(self.opened.layout, path)
        index = inner_name(self.opened.layout, index_path(path))
        if any(is_link_out(self.opened.layout.root, one) for one in (path, index_path(path))):
            line = f"{shown(name)} or its index is a link out of the dataset"
            part.faults.append(Fault("outside", self.opened.name, line))
            return part
        problems = verify_shard(path) or list(self._frame_problems(path, number, frames))
        pair = ((name, path), (index, index_path(path)))
        there = tuple(inner for inner, one in pair if os.path.lexists(one))
        kind = "damaged" if len(there) == len(pair) else "missing"
        if problems and any(is_unreadable(one) for _, one in pair):
            kind, there = "unreadable", ()
        for problem in problems:
            part.faults.append(Fault(kind, self.opened.name, problem, there))
            there = ()  # deleted once
        return part

    def _frame_problems(self, path: Path, number: int, frames: list[FrameRecord]) -> Iterator[str]:
        """Whether a sound shard is that of the record."""
        opened, layout = self.opened, self.opened.layout
        reader = ShardReader(path)
        first = number * self.per_shard
        head = ShardHead(
            layout.subject,
            layout.sequence,
            opened.record.size,
            layout.image_format,
            self.per_shard,
            first,
            opened.record.tracked,
        )
        if reader.head != head or reader.names != [frame.name for frame in frames]:
            yield f"{shown(reader.path)} has not the frames of its sequence.json"
            return
        for place, frame in enumerate(frames):
            try:
                _check_frame(reader, place, frame, opened.triangles)
            except DatasetError as error:
                yield str(error)

    def _find_others(self) -> Part:
        known = {shard_path(self.folder, number).name for number in range(self.shards)}
        known |= {index_path(Path(name)).name for name in known}
        found = {path.name for path in self.folder.glob("shard-*")}
        found |= {path.name for path in self.folder.glob(f"{TEMPORARY_PREFIX}*")}
        lines = (f"{shown(f'{self.opened.name}/{name}')} is in no record" for name in found - known)
        return Part([Fault("extra", self.opened.name, line) for line in sorted(lines)])


def _check_frame(
    reader: ShardReader, place: int, frame: FrameRecord, triangles: Triangles | None
) -> None:
    name = reader.called(place)
    if reader.record(place) != frame:
        raise DatasetError(f"{name}.json is not what its sequence.json says")
    image = reader.image(place)
    if (image is None) != (frame.reason in WITHOUT_IMAGE):
        raise DatasetError(f"{name} has {'no ' if image is None else 'an '}image")
    if image is not None:
        check_image(image, reader.head.image_format, reader.head.size, f"{name}: its image")
    geometry = reader.geometry(place)
    if (geometry is None) == (frame.status == "ok"):
        found = "no landmarks" if geometry is None else "landmarks"
        raise DatasetError(f"{name} is {frame.status} and has {found}")
    if geometry is None:
        return
    if geometry[1].max(initial=-1) >= len(geometry[0]):
        raise DatasetError(f"{name} has triangles of landmarks that are not there")
    if triangles is not None and not np.array_equal(geometry[1], triangles):
        raise DatasetError(f"{name} has not the triangles of its sequence.json")
