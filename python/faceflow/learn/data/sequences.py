"""One sequence of a dataset, frame by frame, wherever its frames lie."""

from __future__ import annotations

import hashlib
import itertools
import os
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from faceflow.dataset.check.records import check_head
from faceflow.dataset.layout import SequenceLayout
from faceflow.dataset.recordfile import NameNumbers, RecordFile
from faceflow.dataset.shards.sequence import ShardsSequence
from faceflow.errors import DatasetError
from faceflow.files import digest_file, frame_name, os_reason, read_regular, shown
from faceflow.learn.data.landmarkfiles import LandmarkFiles
from faceflow.types import AnyArray, Landmarks, Mask, Size, Triangles

_MOST_BYTES = 2**31 - 1
"""Of an encoded image: what OpenCV takes."""


class StoredFrame(NamedTuple):
    """A frame as it is stored."""

    name: str
    """What messages call its picture."""
    picture: bytes
    """As it was encoded."""
    landmarks: Landmarks
    """(N, 2) float64 as used, not to be written to."""
    triangles: Triangles | None
    """(M, 3) int32 of flow that begins here; None where they follow from its landmarks."""


class SequenceFrames(ABC):
    """The frames of one sequence, by their numbers from 0, and its pairs with flow.

    Parameters
    ----------
    record, layout
        Its record, and where its files are.
    """

    names: list[str]
    size: Size
    """(H, W) of the frames; (0, 0) where there is none."""
    ok: Mask
    """(F,) bool: which frames have landmarks."""
    pairs: AnyArray
    """(P, 2) int32: numbers of the first and the second frame."""
    tracked: int | None
    """As in `records.SequenceRecord`."""

    def __init__(self, record: RecordFile, layout: SequenceLayout) -> None:
        self.subject, self.sequence = layout.subject, layout.sequence
        self._record = layout.record
        self.size = record.size or (0, 0)
        self.tracked = record.tracked
        frames = [(frame.name, frame.status == "ok") for frame in record.frames()]
        self.names = [name for name, _ in frames]
        self.ok = np.array([ok for _, ok in frames], np.bool_)
        ok_pairs = (pair for pair in record.pairs() if pair.status == "ok")
        numbers = (record.number(name) for pair in ok_pairs for name in (pair.first, pair.second))
        self.pairs = np.fromiter(numbers, np.int32).reshape(-1, 2)
        self._numbers = NameNumbers(self.names)

    def __str__(self) -> str:
        return shown(f"{self.subject}/{self.sequence}")

    def number(self, name: str) -> int | None:
        """A frame's number; None where there is no such frame."""
        return self._numbers.get(name)

    def digest(self) -> bytes:
        """What tells its frames from others of the same names; in a copied dataset it is the same.

        No frame is read for it: it is of the record, and of what is known of the pictures' files.

        Raises
        ------
        DatasetError
            The record, or an index of a shard, cannot be read.
        """
        try:
            state = hashlib.sha256(digest_file(self._record))
            for piece in self._pictures_known():
                state.update(piece)
        except OSError as error:
            raise DatasetError(f"{self} cannot be read: {os_reason(error)}") from error
        return state.digest()

    @abstractmethod
    def _pictures_known(self) -> Iterator[bytes]:
        """What tells its pictures from others, without reading them."""

    @abstractmethod
    def read(self, number: int) -> StoredFrame:
        """A frame that is ``ok``.

        Raises
        ------
        DatasetError
            It cannot be read.
        """


class FilesFrames(SequenceFrames):
    """Of a files tree."""

    def __init__(self, layout: SequenceLayout, landmark_files: LandmarkFiles) -> None:
        record = RecordFile(layout.record)
        super().__init__(record, layout)
        # Text, as paths are put together for each frame: in a tenth of Path's time.
        self._pictures, self._suffix = str(layout.flows), f".{layout.image_format}"
        self._records = str(layout.records)
        self._landmark_files = landmark_files
        self._triangles = check_head(record, self.subject, self.sequence)

    def _picture(self, name: str) -> str:
        return f"{self._pictures}/{name}{self._suffix}"

    def _pictures_known(self) -> Iterator[bytes]:
        """The sizes of their files: times of change are others in a copy."""
        ok = itertools.compress(self.names, self.ok)
        yield array("q", (_size(self._picture(name)) for name in ok)).tobytes()

    def read(self, number: int) -> StoredFrame:
        name = self.names[number]
        path = self._picture(name)
        landmarks = self._landmark_files.read(f"{self._records}/{name}.csv")
        try:
            picture = read_regular(path, _MOST_BYTES)
        except OSError as error:
            raise DatasetError(f"{frame_name(path)} cannot be read: {os_reason(error)}") from error
        return StoredFrame(frame_name(path), picture, landmarks, self._triangles)


class ShardsFrames(SequenceFrames):
    """In shards, where each frame has its triangles beside it."""

    def __init__(self, layout: SequenceLayout) -> None:
        super().__init__(RecordFile(layout.record), layout)
        self._shards = ShardsSequence(layout.record)
        self.names, self.pairs = self._shards.names, self._shards.pairs  # kept once

    def _pictures_known(self) -> Iterator[bytes]:
        """The indexes, which have a digest of each file."""
        for index in sorted(self._record.parent.glob("shard-*.json")):
            yield digest_file(index)

    def read(self, number: int) -> StoredFrame:
        reader, place = self._shards.locate(number)
        name = f"{reader.called(place)}.{reader.head.image_format}"
        picture = reader.image(place)
        if picture is None:
            raise DatasetError(f"{name} is not there")
        return StoredFrame(name, picture, *self._shards.geometry(number))


def _size(path: str) -> int:
    """A file's size; -1 where there is none, which whoever reads it is told."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - asked of every picture
    except OSError:
        return -1
