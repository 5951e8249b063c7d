"""A sequence's shards, whichever of them a frame lies in."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from faceflow.dataset.recordfile import NameNumbers, RecordFile
from faceflow.dataset.shards.names import shard_path
from faceflow.dataset.shards.read import ShardReader
from faceflow.errors import ArrayError, DatasetError, FrameError
from faceflow.files import shown
from faceflow.flow.synthesis import synthesize
from faceflow.images import decode_image
from faceflow.truth.validity import hidden_pixels
from faceflow.types import AnyArray, Flow, Image, Landmarks, Mask, Size, Triangles


class ShardsSequence:
    """The frames of one sequence, by their numbers from 0, and its pairs with flow.

    Parameters
    ----------
    path
        Its record.
    most_open
        Of how many shards the index is kept, once it was read; None for all.

    Raises
    ------
    DatasetError
        Its record cannot be read.
    """

    pairs: AnyArray
    """(P, 2) int32: the numbers of the first and the second frame."""

    def __init__(self, path: Path, most_open: int | None = None) -> None:
        record = RecordFile(path)
        self.folder = path.parent
        self.subject, self.sequence = path.parent.parent.name, path.parent.name
        self.size: Size | None = record.size
        self.names = [frame.name for frame in record.frames()]
        self._numbers = NameNumbers(self.names)
        ok = (pair for pair in record.pairs() if pair.status == "ok")
        numbers = (record.number(name) for pair in ok for name in (pair.first, pair.second))
        self.pairs = np.fromiter(numbers, np.int32).reshape(-1, 2)
        self._most_open = most_open
        self._readers: dict[int, ShardReader] = {}

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_readers": {}}

    def number(self, name: str) -> int:
        """A frame's number.

        Raises
        ------
        DatasetError
            There is no such frame.
        """
        number = self._numbers.get(name)
        if number is None:
            where = shown(f"{self.subject}/{self.sequence}")
            raise DatasetError(f"{where} has no frame {shown(name)}")
        return number

    def locate(self, number: int) -> tuple[ShardReader, int]:
        """The shard of a frame, and the frame's number in it.

        Raises
        ------
        DatasetError
            Its shard has no sound index, or is not that of the record.
        """
        shard, place = divmod(number, self._per_shard)
        return self._reader(shard), place

    @cached_property
    def _per_shard(self) -> int:
        return self._reader(0).head.frames_per_shard

    def encoded(self, number: int) -> bytes | None:
        """A frame's picture as it was encoded; None where the frame could not be read."""
        reader, place = self.locate(number)
        return reader.image(place)

    def image(self, number: int) -> Image:
        """A frame's picture, (H, W, 3) uint8, blue-green-red.

        Raises
        ------
        DatasetError
            There is none, or it cannot be read.
        """
        reader, place = self.locate(number)
        name = f"{reader.called(place)}.{reader.head.image_format}"
        data = reader.image(place)
        if data is None:
            raise DatasetError(f"{name} is not there")
        try:
            image = decode_image(data, name)
        except FrameError as error:
            raise DatasetError(error.detail) from error
        if image.shape[:2] != self.size:
            raise DatasetError(f"{name} is {image.shape[:2]}, its record says {self.size}")
        return image

    def geometry(self, number: int) -> tuple[Landmarks, Triangles]:
        """A frame's landmarks (N, 2) and triangles (M, 3).

        Raises
        ------
        DatasetError
            It has no face, or they cannot be read.
        """
        reader, place = self.locate(number)
        found = reader.geometry(place)
        if found is None:
            record = reader.record(place)
            why = shown(f"{record.status}: {record.detail}")
            raise DatasetError(f"{reader.called(place)} has no landmarks: {why}")
        return found

    def flow(
        self, first: int, second: int, fill: float, without_hidden: bool = False
    ) -> tuple[Flow, Mask, Landmarks]:
        """The flow (H, W, 2), validity (H, W) and landmarks (2, N, 2) of two frames.

        `fill` is what the flow is given outside the triangles; `without_hidden` says that folded
        and hidden pixels are not valid.

        Raises
        ------
        DatasetError
            One of them has no face, or it cannot be read.
        """
        (src, triangles), (dst, _) = self.geometry(first), self.geometry(second)
        if self.size is None:
            raise DatasetError(f"{shown(self.folder)}/sequence.json has no size")
        try:
            flow, valid = synthesize(src, dst, self.size, triangles, fill=fill, return_valid=True)
            if without_hidden:
                valid &= ~hidden_pixels(src, dst, triangles, flow, valid)
        except ArrayError as error:
            raise DatasetError(f"{self.called(first, second)}: {error}") from error
        return flow, valid, np.stack([src, dst])

    def called(self, first: int, second: int) -> str:
        """A pair as messages name it."""
        reader, place = self.locate(first)
        return f"{reader.called(place)} -> {shown(self.names[second])}"

    def _reader(self, shard: int) -> ShardReader:
        reader = self._readers.get(shard)
        if reader is None:
            reader = ShardReader(shard_path(self.folder, shard))
            self._check(reader, shard)
            self._readers[shard] = reader
            if self._most_open is not None:
                for old in list(self._readers)[: -self._most_open]:
                    self._readers.pop(old, None)  # another thread may have been here
        return reader

    def _check(self, reader: ShardReader, shard: int) -> None:
        head = reader.head
        first = shard * head.frames_per_shard
        expected = self.names[first : first + head.frames_per_shard]
        if shard and head.frames_per_shard != self._per_shard:
            raise DatasetError(f"{shown(reader.path)} has not the first shard's number of frames")
        if (head.first, reader.names, head.size) != (first, expected, self.size):
            raise DatasetError(f"{shown(reader.path)} has not the frames of its sequence.json")
