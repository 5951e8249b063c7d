"""Shards of made-up frames, and files trees turned into shards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from faces import SIZE, Faces, moving_face, texture
from generation import generate

from faceflow.dataset.reader import Sample
from faceflow.dataset.records import FrameRecord
from faceflow.dataset.shards.frame import ShardFrame, ShardHead, StoredFlow
from faceflow.dataset.shards.pack import ReadLandmarks, pack_files
from faceflow.flow.render import scale_landmarks
from faceflow.flow.synthesis import synthesize
from faceflow.flow.triangulation import triangulate
from faceflow.images import encode_image
from faceflow.types import Size


def head(count: int = 5, image_format: str = "png", subject: str = "F001") -> ShardHead:
    """Of a shard that holds up to `count` frames."""
    return ShardHead(subject, "T1", SIZE, image_format, count)


def made_up_frames(names: list[str], flows: bool = False) -> Iterator[ShardFrame]:
    """Sound frames, with backward and forward flow where asked for, and a failed one at the end."""
    triangles = triangulate(moving_face())
    points = [moving_face(seed=time, time=time) for time in range(len(names))]
    for time, name in enumerate(names[:-1]):
        stored = []
        for backward, other in ((True, time - 1), (False, time + 1)):
            flow = synthesize(points[time], points[other], SIZE, triangles)
            stored.append(StoredFlow.of(name, names[other], flow, backward))
        image = encode_image(texture(SIZE, time), ".png")
        record = FrameRecord(name, confidence=0.5)
        yield ShardFrame(record, image, points[time], triangles, tuple(stored) if flows else ())
    yield ShardFrame(FrameRecord(names[-1], "failed", "unreadable_image", "it is empty"))


def as_used(faces: Faces, size: Size | None = None) -> ReadLandmarks:
    """The landmarks that `generate` uses: those of the texts, in pixels of the output."""

    def read(subject: str, sequence: str, frame: str) -> np.ndarray:
        return scale_landmarks(faces.points(frame, subject, sequence), SIZE, size or SIZE)

    return read


def make_both(faces: Faces, per_shard: int | None = 4, **options: Any) -> tuple[Path, Path]:
    """A dataset as files and as shards."""
    generate(faces, **options)
    shards = faces.root / "shards"
    pack_files(faces.output, shards, as_used(faces, options.get("size")), per_shard)
    return faces.output, shards


def assert_same(one: Sample, other: Sample) -> None:
    """Every bit of two samples."""
    assert one.names == other.names
    for a, b in zip(one[:4], other[:4], strict=True):
        assert (a.shape, a.dtype, a.flags.c_contiguous) == (b.shape, b.dtype, True)
        assert a.tobytes() == b.tobytes()
