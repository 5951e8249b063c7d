"""Keeping frames and flow as files of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from faceflow.dataset.flowfile import encode_flow, fill_of
from faceflow.dataset.layout import PairName
from faceflow.dataset.records import WITHOUT_IMAGE
from faceflow.errors import FlowFileError, FrameError
from faceflow.execute.work import Stream
from faceflow.files import Buffer, atomic_write
from faceflow.flowio import flo
from faceflow.generate.made import MadeFrame, UnitRecord
from faceflow.generate.output import own_files, write_pair_file
from faceflow.generate.plan import SequencePlan
from faceflow.images import encode_image
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import encode_image_csv
from faceflow.types import Flow, Mask

_LEAST = 32
_STRIDES = 8  # of each unit the frames of one stride are looked at twice
_SUFFIXES = (".jpg", ".png", ".flo", ".npz")


def unit_frames(plan: SequencePlan, most: int) -> int:
    """`most` frames, or more where pairs reach far into the next unit."""
    return most if plan.pairing.from_first else max(most, _STRIDES * plan.pairing.stride)


class FileTree:
    """An image, landmarks and a flow file a frame."""

    def unit_frames(self, plan: SequencePlan) -> int:
        """A short run: what is under way when a run is killed is made again."""
        return unit_frames(plan, _LEAST)

    def folders(self, plan: SequencePlan) -> list[Path]:
        """Of images and flow, and of landmarks and the record."""
        return [plan.layout.flows, plan.layout.records]

    def is_ours(self, plan: SequencePlan, path: Path) -> bool:
        """By its suffix."""
        return path.suffix in ((".csv",) if path.parent == plan.layout.records else _SUFFIXES)

    def writer(self, plan: SequencePlan, numbers: range) -> _FilesWriter:
        """Each file is written at once."""
        return _FilesWriter(plan)

    def kept(self, plan: SequencePlan, unit: UnitRecord) -> set[Path] | None:
        """Images, landmarks, flow, masks and pictures."""
        layout = plan.layout
        files = {layout.image(f.name) for f in unit.frames if f.reason not in WITHOUT_IMAGE}
        files |= {layout.landmarks(frame.name) for frame in unit.frames if frame.status == "ok"}
        files |= own_files(plan, unit)
        return files if all(map(Path.is_file, files)) else None

    def closing(self, plan: SequencePlan) -> Stream:
        """Nothing."""
        return Stream.of_tasks(iter(()))


class _FilesWriter:
    def __init__(self, plan: SequencePlan) -> None:
        self.plan = plan
        self._plain = plan.config.flow_format == "flo"
        # So that a .flo file's field need not be looked at again, nor copied, to be written.
        unknown = flo.UNKNOWN if self._plain else math.nan
        self.fill = unknown if plan.config.outside == "unknown" else fill_of(plan.config.outside)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def publish(self) -> None:
        pass

    def add_frame(self, frame: MadeFrame) -> None:
        layout, name = self.plan.layout, frame.record.name
        if frame.image is not None:
            atomic_write(layout.image(name), frame.image)
        if frame.landmarks is not None:
            csv = encode_image_csv([Face(frame.landmarks, frame.record.confidence)])
            atomic_write(layout.landmarks(name), csv)

    def add_pair(self, pair: PairName, flow: Flow, valid: Mask) -> None:
        layout, config = self.plan.layout, self.plan.config
        write_pair_file(layout.flow(pair), self._encoded(flow, valid))
        if config.writes_masks:
            mask = valid.view(np.uint8) * np.uint8(255)
            write_pair_file(layout.valid(pair), encode_image(mask, ".png"))

    def _encoded(self, flow: Flow, valid: Mask) -> Sequence[Buffer]:
        if self._plain:
            return flo.encode_filled(flow)
        config = self.plan.config
        try:
            stored = config.flow_format, config.outside, config.extended
            return encode_flow(flow, valid, *stored)
        except FlowFileError as error:
            raise FrameError("write_error", str(error)) from error
