"""Reading shards, in any order."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from faceflow.dataset.records import FrameRecord
from faceflow.dataset.shards.index import ShardIndex, read_index
from faceflow.dataset.shards.names import KINDS, split_member
from faceflow.dataset.shards.npy import decode_rows
from faceflow.errors import DatasetError
from faceflow.files import open_regular, os_reason, shown
from faceflow.types import Landmarks, Triangles

_RECORD_FIELDS = ("name", "status", "reason", "detail", "confidence")


class ShardReader:
    """A shard, whose members are read by their place.

    The file is opened for each reading and closed after it: nothing is shared between threads and
    processes, and a data set may have more shards than a process may have files open.

    Raises
    ------
    DatasetError
        There is no index, or it says what cannot be.

    Examples
    --------
    >>> ShardReader(Path("none.tar"))
    Traceback (most recent call last):
    ...
    faceflow.errors.DatasetError: none.json cannot be read: No such file or directory
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        index = read_index(path)
        self.head = index.head
        self.bytes = index.bytes
        self.names, self._places = _places(index)

    def __len__(self) -> int:
        return len(self.names)

    def read(self, number: int, *kinds: str) -> list[bytes | None]:
        """Members of the frame `number` of the shard, from 0, by their kinds, see `names.KINDS`.

        Returns
        -------
        members
            The bytes of each; None where the frame has none of the kind.

        Raises
        ------
        DatasetError
            The shard cannot be read, or has not the size that its index says.
        """
        places = [self._places[number, KINDS.index(kind)].tolist() for kind in kinds]
        try:
            with open_regular(self.path) as file:
                found = os.fstat(file.fileno()).st_size
                if found != self.bytes:
                    raise DatasetError(
                        f"{shown(self.path)} has {found} bytes, by its index {self.bytes}"
                    )
                return [self._read(file.fileno(), offset, size) for offset, size in places]
        except OSError as error:
            raise DatasetError(f"{shown(self.path)} cannot be read: {os_reason(error)}") from error

    def _read(self, descriptor: int, offset: int, size: int) -> bytes | None:
        if offset == 0:
            return None
        parts = []
        while size:
            part = os.pread(descriptor, size, offset)
            if not part:
                raise DatasetError(f"{shown(self.path)} has become shorter while it was read")
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return b"".join(parts)

    def image(self, number: int) -> bytes | None:
        """The encoded picture; None where the frame could not be read."""
        return self.read(number, self.head.image_format)[0]

    def geometry(self, number: int) -> tuple[Landmarks, Triangles] | None:
        """The landmarks (N, 2) and triangles (M, 3); None of a frame that has no face.

        Raises
        ------
        DatasetError
            They cannot be read, or are no such arrays.
        """
        landmarks, triangles = self.read(number, "landmarks.npy", "triangles.npy")
        if landmarks is None or triangles is None:
            return None
        name = self.called(number)
        return (
            decode_rows(landmarks, "<f8", 2, f"{name}.landmarks.npy"),
            decode_rows(triangles, "<i4", 3, f"{name}.triangles.npy"),
        )

    def record(self, number: int) -> FrameRecord:
        """What became of a frame.

        Raises
        ------
        DatasetError
            It cannot be read, or is no such record.
        """
        (data,) = self.read(number, "json")
        try:
            fields = json.loads(data or b"")
            told = {key: fields[key] for key in _RECORD_FIELDS}
            record = FrameRecord(**told, repaired=fields.get("repaired"))
            self._check_record(record, number)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise DatasetError(
                f"{self.called(number)}.json is no record of a frame: {error!a:.200}"
            ) from error
        return record

    def _check_record(self, record: FrameRecord, number: int) -> None:
        if record.name != self.names[number]:
            raise ValueError(f"it is of {record.name!a:.80}")
        if record.status not in ("ok", "failed", "skipped"):
            raise ValueError(f"its status is {record.status!a:.80}")
        if not isinstance(record.confidence, float | int | None):
            raise TypeError(f"its confidence is {record.confidence!a:.80}")
        if not isinstance(record.repaired, int | None):
            raise TypeError(f"it has {record.repaired!a:.80} repaired")

    def called(self, number: int) -> str:
        """A frame as messages name it: shard and frame."""
        return f"{shown(self.path)}: {shown(self.names[number])}"


def _places(index: ShardIndex) -> tuple[list[str], np.ndarray]:
    """The frames' names, and offset and size of their members, (frames, kinds, 2) int64.

    An array, as a data set's readers are all kept: 370,000 frames take 41 MB. Offset 0 is that of
    a header, so that it can stand for a member that is not there.
    """
    names: list[str] = []
    places = np.zeros((index.frames, len(KINDS), 2), np.int64)
    for member in index.members:
        _, name, kind = split_member(member.name)
        if names[-1:] != [name]:
            names.append(name)
        places[len(names) - 1, KINDS.index(kind)] = member.offset, member.size
    return names, places
