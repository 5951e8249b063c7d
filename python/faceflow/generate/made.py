"""What was made of a frame, and of a unit of frames and pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from faceflow.dataset.records import FrameRecord, PairRecord
from faceflow.types import Landmarks


class MadeFrame(NamedTuple):
    """A frame, as its pairs and whoever keeps it need it."""

    number: int
    """In its sequence, from 0."""

    record: FrameRecord

    landmarks: Landmarks | None
    """In pixels of the output; None where the record says why there are none."""

    image: bytes | None = None
    """The encoded picture; None where there is none, or another unit keeps it."""


@dataclass(frozen=True)
class UnitRecord:
    """What became of a unit's frames and pairs."""

    sequence: bytes
    """`SequenceFolder.key`."""
    start: int
    """The number of its first frame."""
    frames: list[FrameRecord]
    pairs: list[PairRecord]

    def failed(self) -> int:
        """How many of them failed."""
        frames = sum(frame.status == "failed" for frame in self.frames)
        return frames + sum(pair.status == "failed" for pair in self.pairs)
