"""Writing shards."""

from __future__ import annotations

import contextlib
import hashlib
import tarfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from faceflow.dataset.shards.frame import ShardFrame, ShardHead, encode_frame
from faceflow.dataset.shards.index import BLOCK, Member, ShardIndex, write_index
from faceflow.dataset.shards.names import escape, folder_of, index_path
from faceflow.errors import DatasetError
from faceflow.files import shown, temporary_path


def write_shard(path: Path, head: ShardHead, frames: Iterable[ShardFrame]) -> ShardIndex:
    """Write a shard and then its index; each is there whole or not at all.

    The same frames give the same bytes. One frame at a time is in memory.

    Parameters
    ----------
    path
        The shard, as `names.shard_path` says; one that is there is replaced.
    head
        What the frames have in common.
    frames
        Consecutive frames of a sequence, in order: ``head.frames_per_shard``, or fewer if they are
        the last.

    Raises
    ------
    DatasetError
        More frames than that, or two of one name.
    FlowFileError
        A flow beyond what float16 holds.
    OSError
        From the file system, as it came.
    """
    with ShardWriter(path, head) as writer:
        for frame in frames:
            writer.add(frame)
    return writer.index


class ShardWriter:
    """Writes a shard frame by frame; leaving it by an exception leaves nothing behind.

    Only a killed process leaves a file, under a temporary name, see `files.remove_temporary`.
    """

    index: ShardIndex
    """Set when all is written."""

    def __init__(self, path: Path, head: ShardHead) -> None:
        self.path = path
        self.head = head
        self._temporary = temporary_path(path)
        self._folder = folder_of(head.subject, head.sequence)
        self._names: set[str] = set()
        self._members: list[Member] = []

    def __enter__(self) -> ShardWriter:
        self._file = self._temporary.open("xb")
        return self

    def add(self, frame: ShardFrame) -> None:
        """Write the next frame.

        Raises
        ------
        DatasetError
            The shard is full, or has a frame of that name.
        FlowFileError
            A flow beyond what float16 holds.
        OSError
            From the file system, as it came.
        """
        name = frame.record.name
        if name in self._names:
            raise DatasetError(f"{shown(self.path)} would have two frames {shown(name)}")
        number = len(self._names)
        if number == self.head.frames_per_shard:
            raise DatasetError(f"{shown(self.path)} would have more than {number} frames")
        self._names.add(name)
        key = self._folder + escape(name)
        for kind, data in encode_frame(self.head, self.head.first + number, frame):
            self._add_member(f"{key}.{kind}", data)

    def _add_member(self, name: str, data: bytes) -> None:
        self._file.write(tar_header(name, len(data)))
        digest = hashlib.sha256(data).hexdigest()
        self._members.append(Member(name, self._file.tell(), len(data), digest))
        self._file.write(data)
        self._file.write(bytes(-len(data) % BLOCK))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            with self._file:
                if error is None:
                    self._file.write(tar_end(self._file.tell()))
                    size = self._file.tell()
            if error is None:
                self._publish(size)
        finally:
            with contextlib.suppress(FileNotFoundError):
                self._temporary.unlink()

    def _publish(self, size: int) -> None:
        self.index = ShardIndex(self.head, len(self._names), size, tuple(self._members))
        index_path(self.path).unlink(missing_ok=True)  # of another shard of that name
        self._temporary.replace(self.path)
        write_index(self.path, self.index)


def tar_header(name: str, size: int) -> bytes:
    """A member's header: USTAR, or PAX before it where the name is too long for that.

    The time is 0, the owner 0, the mode 0644, as `tarfile` has them where nothing else is said.
    """
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT, "ascii", "strict")


def tar_end(size: int) -> bytes:
    """What ends a tar file that has `size` bytes so far: two empty blocks, and up to a record."""
    end = 2 * BLOCK
    return bytes(end + -(size + end) % tarfile.RECORDSIZE)
