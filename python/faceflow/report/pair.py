"""One pair, from its files or its shard, read for a page."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from faceflow.dataset.shards.sequence import ShardsSequence
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import ArrayError, DatasetError
from faceflow.files import os_reason, shown
from faceflow.flow.warp import warp
from faceflow.flowio import read_flow
from faceflow.images import read_image
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.report.tree import MadePair
from faceflow.types import AnyArray, Flow, Image, Landmarks

_AMPLIFIED = 8


def read_pair_flow(pair: MadePair) -> Flow:
    """The flow, NaN where it is no ground truth.

    Raises
    ------
    FlowFileError, FrameError, DatasetError
        It or its mask is damaged.
    """
    if pair.layout.in_shards:
        sequence, numbers = _in_shards(pair)
        hidden = DatasetTree.open(pair.layout.root).without_hidden
        flow, valid, _ = sequence.flow(*numbers, np.nan, hidden)
        flow[~valid] = np.nan
        return flow
    flow = read_flow(pair.layout.flow(pair.name))
    apply_mask(pair, flow)
    return flow


def apply_mask(pair: MadePair, flow: Flow) -> None:
    """Set flow to NaN where the pair's mask, if it has one, says that it is no ground truth.

    Raises
    ------
    FrameError, DatasetError
        The mask is damaged.
    """
    path = pair.layout.valid(pair.name)
    if path.exists():
        valid = read_image(path)[..., 0] > 0
        if valid.shape != flow.shape[:2]:
            raise DatasetError(f"{shown(path.name)} has another size than the flow")
        flow[~valid] = np.nan


def read_pair_frames(pair: MadePair) -> tuple[Image, Image]:
    """Both frames, (H, W, 3) uint8 blue-green-red.

    Raises
    ------
    FrameError, DatasetError
        One of them is damaged.
    """
    if pair.layout.in_shards:
        sequence, numbers = _in_shards(pair)
        one, other = map(sequence.image, numbers)
        return one, other
    first, second = pair.name.first, pair.name.second
    return read_image(pair.layout.image(first)), read_image(pair.layout.image(second))


def read_pair_landmarks(pair: MadePair) -> tuple[Landmarks, Landmarks]:
    """The landmarks of both frames, each (N, 2), pixels.

    Raises
    ------
    FrameError, DatasetError
        A file is damaged, or has no face or several.
    """
    if pair.layout.in_shards:
        sequence, numbers = _in_shards(pair)
        src, dst = (sequence.geometry(number)[0] for number in numbers)
        return src, dst
    first, second = (
        read_image_csv(pair.layout.landmarks(name)) for name in (pair.name.first, pair.name.second)
    )
    if len(first) != 1 or len(second) != 1:
        raise DatasetError(f"{pair.title}: a frame has one face in its landmarks")
    return first[0].landmarks, second[0].landmarks


def _in_shards(pair: MadePair) -> tuple[ShardsSequence, tuple[int, int]]:
    record = pair.layout.record
    try:
        sequence = _open_sequence(record, record.stat().st_mtime_ns)
    except OSError as error:
        raise DatasetError(f"{pair.title}: no record: {os_reason(error)}") from error
    return sequence, (sequence.number(pair.name.first), sequence.number(pair.name.second))


@lru_cache(maxsize=2)  # a pair is asked for several things, one after the other
def _open_sequence(record: Path, _changed: int) -> ShardsSequence:
    return ShardsSequence(record, most_open=1)


def lengths(flow: Flow) -> AnyArray:
    """Of the vectors that are known, float64, pixels."""
    u, v = flow[..., 0], flow[..., 1]
    squares: AnyArray = u.astype(np.float64) ** 2 + v.astype(np.float64) ** 2
    return np.sqrt(squares[~np.isnan(squares)])


def warped_back(second: Image, flow: Flow) -> Image:
    """The second frame pulled back onto the first one; grey where there is no flow.

    Raises
    ------
    DatasetError
        Frame and flow differ in size.
    """
    try:
        warped: Image = warp(second, flow, fill=128)
    except ArrayError as error:
        raise DatasetError(str(error)) from error
    return warped


def difference(first: Image, warped: Image, flow: Flow) -> Image:
    """What is left between two frames once the flow is taken back, eight times as bright.

    Raises
    ------
    DatasetError
        They differ in size.
    """
    if first.shape != warped.shape:
        raise DatasetError(f"the frames have the sizes {first.shape[:2]} and {warped.shape[:2]}")
    left = np.abs(first.astype(np.int16) - warped).mean(axis=2) * _AMPLIFIED
    left[np.isnan(flow).any(axis=2)] = 0
    grey: Image = np.clip(left, 0, 255).astype(np.uint8)
    return grey
