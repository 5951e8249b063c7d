"""One frame in a shard: the WebDataset sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from faceflow.dataset.records import FrameRecord, record_fields
from faceflow.dataset.shards.npy import encode_npy
from faceflow.flowio.field import check_range, known_pixels
from faceflow.types import Flow, Landmarks, Size, Triangles

_MOST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class ShardHead:
    """What the frames of a shard have in common."""

    subject: str
    sequence: str
    size: Size | None
    """(H, W) of the pictures; None where none could be read."""
    image_format: str
    """``jpg`` or ``png``."""
    frames_per_shard: int
    """Of every shard of the sequence but the last."""
    first: int = 0
    """The number in the sequence, from 0, of the shard's first frame."""
    tracked: int | None = None
    """As in `records.SequenceRecord`."""


class StoredFlow(NamedTuple):
    """A pair's flow, for readers that do not synthesise it."""

    first: str
    second: str
    backward: bool
    npy: bytes
    """(H, W, 2) float16, pixels; NaN where it is no ground truth."""

    @classmethod
    def of(cls, first: str, second: str, flow: Flow, backward: bool = False) -> Self:
        """Of a field (H, W, 2) float32, NaN where it is no ground truth.

        Raises
        ------
        FlowFileError
            A value beyond what float16 holds.
        """
        check_range(flow, known_pixels(flow, None), -_MOST, _MOST, "float16")
        return cls(first, second, backward, encode_npy(flow.astype(np.float16)))


class ShardFrame(NamedTuple):
    """One frame: what became of it, and what is there of it."""

    record: FrameRecord
    image: bytes | None = None
    """The encoded picture; None of a frame that cannot be read."""
    landmarks: Landmarks | None = None
    """(N, 2) float64, pixels of the picture, as used; None of a frame that is not ``ok``."""
    triangles: Triangles | None = None
    """(M, 3) int32: those of every flow that starts at this frame."""
    flows: tuple[StoredFlow, ...] = ()
    """At most one forward and one backward."""


def encode_frame(head: ShardHead, number: int, frame: ShardFrame) -> Iterator[tuple[str, bytes]]:
    """The kind and the bytes of each member, in the order of `names.KINDS`."""
    yield "json", _fields(head, number, frame)
    if frame.image is not None:
        yield head.image_format, frame.image
    if frame.landmarks is not None:
        yield "landmarks.npy", encode_npy(frame.landmarks.astype(np.float64, copy=False))
    if frame.triangles is not None:
        yield "triangles.npy", encode_npy(frame.triangles.astype(np.int32, copy=False))
    for stored in sorted(frame.flows, key=lambda stored: stored.backward):
        yield _kind(stored), stored.npy


def _fields(head: ShardHead, number: int, frame: ShardFrame) -> bytes:
    fields = {
        "subject": head.subject,
        "sequence": head.sequence,
        "number": number,
        **record_fields(frame.record),
        "size": head.size,
    }
    if frame.flows:
        fields["flows"] = [
            {"member": _kind(stored), "first": stored.first, "second": stored.second}
            for stored in frame.flows
        ]
    return (json.dumps(fields) + "\n").encode()


def _kind(stored: StoredFlow) -> str:
    return "flow_backward.npy" if stored.backward else "flow.npy"
