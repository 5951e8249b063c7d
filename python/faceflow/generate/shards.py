"""Keeping frames in shards: first in parts, a part a unit, which are then joined."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Self

import numpy as np

from faceflow.dataset.layout import PairName
from faceflow.dataset.shards.frame import ShardFrame, ShardHead, StoredFlow
from faceflow.dataset.shards.join import Piece, join_shard, remove_shard
from faceflow.dataset.shards.names import (
    UNIT,
    frames_per_shard,
    index_path,
    shard_path,
)
from faceflow.dataset.shards.write import ShardWriter
from faceflow.errors import FlowFileError, FrameError
from faceflow.execute.work import Stream
from faceflow.generate.filetree import unit_frames
from faceflow.generate.made import MadeFrame, UnitRecord
from faceflow.generate.output import own_files
from faceflow.generate.plan import SequencePlan
from faceflow.types import Flow, Mask


class Shards:
    """Tar files of a fixed number of frames each."""

    def unit_frames(self, plan: SequencePlan) -> int:
        """As of files, but no more than a shard is to have."""
        return unit_frames(plan, min(UNIT, _per_shard(plan, 1)))

    def folders(self, plan: SequencePlan) -> list[Path]:
        """Of shards and the record, and of parts."""
        return [plan.layout.records, plan.layout.parts]

    def is_ours(self, plan: SequencePlan, path: Path) -> bool:
        """By its name."""
        if path.parent == plan.layout.pictures:
            return path.suffix == ".png"
        return path.suffix in (".tar", ".json") and path.name.startswith(("shard-", "part-"))

    def writer(self, plan: SequencePlan, numbers: range) -> _PartWriter:
        """Of a part."""
        return _PartWriter(plan, numbers)

    def kept(self, plan: SequencePlan, unit: UnitRecord) -> set[Path] | None:
        """Its part, or the shard that it has gone into; and its pictures."""
        shard = shard_path(plan.layout.records, unit.start // _shard_frames(plan))
        pictures = own_files(plan, unit)
        for path in (_part_path(plan, unit.start), shard):
            files = {path, index_path(path), *pictures}
            if all(map(Path.is_file, files)):
                return files
        return None

    def closing(self, plan: SequencePlan) -> Stream:
        """To join the parts of each shard."""
        shards = -(-len(plan.folder.images) // _shard_frames(plan))
        return Stream(_join, plan, iter(range(shards)))


def _shard_frames(plan: SequencePlan) -> int:
    return _per_shard(plan, Shards().unit_frames(plan))


def _per_shard(plan: SequencePlan, unit: int) -> int:
    config = plan.config
    flows = (1 + (config.direction == "both")) * config.store_flow
    return frames_per_shard(plan.size, config.image_format, flows, config.shard_mb, unit)


def _part_path(plan: SequencePlan, start: int) -> Path:
    return plan.layout.parts / f"part-{start:06}.tar"


def _head(plan: SequencePlan, frames: int, first: int) -> ShardHead:
    folder, image_format = plan.folder, plan.config.image_format
    return ShardHead(
        folder.subject, folder.sequence, plan.size, image_format, frames, first, plan.tracked
    )


def _join(plan: SequencePlan, number: int) -> None:
    """Make a shard of its parts; frames that have none are taken from the shard as it was."""
    frames, length = _shard_frames(plan), Shards().unit_frames(plan)
    first = number * frames
    numbers = range(first, min(first + frames, len(plan.folder.images)))
    shard = shard_path(plan.layout.records, number)
    pieces, parts = [], []
    for start in range(numbers.start, numbers.stop, length):
        stop, path = min(start + length, numbers.stop), _part_path(plan, start)
        if path.exists():
            pieces.append(Piece(path, range(stop - start)))
            parts.append(path)
        else:
            pieces.append(Piece(shard, range(start - numbers.start, stop - numbers.start)))
    if parts:
        join_shard(shard, _head(plan, frames, numbers.start), pieces)
    for path in parts:
        remove_shard(path)


class _PartWriter:
    def __init__(self, plan: SequencePlan, numbers: range) -> None:
        self.plan, self.numbers = plan, numbers
        self.fill = math.nan
        head = _head(plan, Shards().unit_frames(plan), numbers.start)
        self._shard = ShardWriter(_part_path(plan, numbers.start), head)
        # Frames wait for their flow, which is known once the frame that it leads to is made.
        self._waiting: dict[int, ShardFrame] = {}
        self._flows: dict[str, list[StoredFlow]] = {}

    def __enter__(self) -> Self:
        self._shard.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._shard.__exit__(*error)

    def add_frame(self, frame: MadeFrame) -> None:
        triangles = None
        if frame.landmarks is not None:
            own = self.plan.triangles is None
            placement = self.plan.config.placement
            triangles = placement.triangulate(frame.landmarks) if own else self.plan.triangles
        kept = ShardFrame(frame.record, frame.image, frame.landmarks, triangles)
        self._waiting[frame.number] = kept
        reach = self.plan.pairing.reach if self.plan.config.store_flow else -1
        self._write(frame.number - reach)

    def _write(self, before: int) -> None:
        for number in [n for n in self._waiting if n < before]:
            frame = self._waiting.pop(number)
            flows = tuple(self._flows.pop(frame.record.name, ()))
            self._shard.add(frame._replace(flows=flows))

    def add_pair(self, pair: PairName, flow: Flow, valid: Mask) -> None:
        if not self.plan.config.store_flow:
            return
        early, late = (pair.second, pair.first) if pair.backward else (pair.first, pair.second)
        if self.plan.config.masks or self.plan.tracked is not None:
            # Beside stored flow there is no mask.
            flow = np.where(valid[..., None], flow, np.float32(np.nan))
        try:
            stored = StoredFlow.of(pair.first, pair.second, flow, pair.backward)
        except FlowFileError as error:
            raise FrameError("write_error", str(error)) from error
        self._flows.setdefault(late if pair.from_first else early, []).append(stored)

    def publish(self) -> None:
        self._write(self.numbers.stop)
        self._shard.publish()
