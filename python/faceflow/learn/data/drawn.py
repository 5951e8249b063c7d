"""The pair of an example as it is stored: its frames read, its landmarks and triangles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from faceflow.errors import ArrayError, DatasetError
from faceflow.images import decode_image
from faceflow.learn.data.index import Pair, Pairs
from faceflow.learn.data.mirror import mirrored_order
from faceflow.learn.data.sequences import StoredFrame
from faceflow.truth.border import ANCHORS
from faceflow.truth.placement import Placement
from faceflow.types import Image, Landmarks, Size, Triangles


class DrawnPair(NamedTuple):
    """What is stored of two frames."""

    first: StoredFrame
    second: StoredFrame
    size: Size
    """(H, W) of the frames."""
    tracked: int | None
    placement: Placement
    src: Landmarks
    """(N, 2) of the first frame as used, its pixels."""
    dst: Landmarks
    triangles: Triangles

    @property
    def face(self) -> Landmarks:
        """Of the first frame's landmarks those that lie on the face: all but the border's."""
        return self.src[: len(self.src) - ANCHORS * self.placement.border]

    def decoded(self) -> Iterator[Image]:
        """Both frames, (H, W, 3) uint8 blue-green-red; the second one is decoded when asked for.

        So its pixels can go where the first one's were, which are in the processor's cache.

        Raises
        ------
        FrameError
            As from `decode_image`.
        DatasetError
            One is of another size than its record says.
        """
        return (_decode(frame, self.size) for frame in (self.first, self.second))

    def mirrored(self) -> DrawnPair:
        """Each landmark by the name of its place once the picture is mirrored; places stay."""
        order = mirrored_order(len(self.src), self.placement)
        if order is None:
            return self
        triangles: Triangles = order[self.triangles].astype(np.int32)
        return self._replace(src=self.src[order], dst=self.dst[order], triangles=triangles)


def draw_pair(
    pairs: Pairs, index: int, stride: tuple[int, int], rng: np.random.Generator
) -> DrawnPair:
    """Read a pair, its second frame as many times as far away as is drawn.

    Raises
    ------
    DatasetError
        A file of it cannot be read.
    ArrayError
        Its frames differ in the number of landmarks, or these cannot be triangulated.
    """
    frames, number, _ = pair = pairs[index]
    first = frames.read(number)
    second = frames.read(_second(pair, int(rng.integers(*stride, endpoint=True))))
    if len(first.landmarks) != len(second.landmarks):
        counts = f"{len(first.landmarks)} and {len(second.landmarks)}"
        raise ArrayError(f"the frames have {counts} landmarks; as many are taken")
    triangles = first.triangles
    if triangles is None:
        triangles = pairs.placement.triangulate(first.landmarks)
    ends = first.landmarks, second.landmarks
    return DrawnPair(first, second, frames.size, frames.tracked, pairs.placement, *ends, triangles)


def _second(pair: Pair, times: int) -> int:
    """The frame so many times as far from the first as the pair's own, or as there is a face."""
    step = pair.second - pair.first
    for number in range(pair.first + times * step, pair.second, -step):
        if 0 <= number < len(pair.frames.names) and pair.frames.ok[number]:
            return number
    return pair.second


def _decode(frame: StoredFrame, size: Size) -> Image:
    image = decode_image(frame.picture, frame.name)
    if image.shape[:2] != size:
        raise DatasetError(f"{frame.name} is {image.shape[:2]}, its record says {size}")
    return image
