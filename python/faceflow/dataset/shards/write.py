"""Writing shards."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from faceflow.dataset.shards.frame import ShardFrame, ShardHead, encode_frame
from faceflow.dataset.shards.index import BLOCK, Member, ShardIndex, write_index
from faceflow.dataset.shards.names import escape, folder_of, index_path
from faceflow.errors import DatasetError
from faceflow.files import open_regular, shown, temporary_path

_PIECE = 2**20

# Fields of a tar header (POSIX.1-1988), and the longest values that go into them as they are.
_SIZE, _CHECKSUM = slice(124, 135), slice(148, 155)
_SHORT_NAME, _SMALL = 100, 8**11 - 1
_CHECKSUM_AS_SPACES = 7 * ord(" ")  # the sum is taken with spaces in its place; the eighth stays


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
    OSError
        From the file system, as it came.
    """
    with ShardWriter(path, head) as writer:
        for frame in frames:
            writer.add(frame)
        return writer.publish()


class ShardWriter:
    """Writes a shard frame by frame; leaving it before `publish` leaves nothing behind.

    Only a killed process leaves a file, under a temporary name, see `files.remove_temporary`.
    """

    def __init__(self, path: Path, head: ShardHead) -> None:
        self.path = path
        self.head = head
        self._temporary = temporary_path(path)
        self._folder = folder_of(head.subject, head.sequence)
        self._names: set[str] = set()
        self._members: list[Member] = []

    def __enter__(self) -> ShardWriter:
        self._file = self._temporary.open("xb")
        self._size = 0
        return self

    def add(self, frame: ShardFrame) -> None:
        """Write the next frame.

        Raises
        ------
        DatasetError
            The shard is full, or has a frame of that name.
        OSError
            From the file system, as it came.
        """
        number = self.head.first + len(self._names)
        self._enter(frame.record.name)
        key = self._folder + escape(frame.record.name)
        for kind, data in encode_frame(self.head, number, frame):
            self._add_member(f"{key}.{kind}", data)

    def add_from(self, path: Path, index: ShardIndex, frames: range) -> None:
        """Take over frames of another shard, by their numbers in it, byte for byte.

        Raises
        ------
        DatasetError
            The shard is full, has a frame of one of their names, or the other one is cut short.
        OSError
            From the file system, as it came.
        """
        names, members, begin = index.frames_at(frames)
        for name in names:
            self._enter(name)
        shift = self._size - begin
        end = members[-1].end if members else begin
        with open_regular(path) as file:
            file.seek(begin)
            while begin < end:
                piece = file.read(min(end - begin, _PIECE))
                if not piece:
                    raise DatasetError(f"{shown(path)} has become shorter while it was read")
                begin += self._file.write(piece)
        self._size = begin + shift
        self._members += [m._replace(offset=m.offset + shift) for m in members]

    def _enter(self, name: str) -> None:
        if name in self._names:
            raise DatasetError(f"{shown(self.path)} would have two frames {shown(name)}")
        if len(self._names) == self.head.frames_per_shard:
            most = self.head.frames_per_shard
            raise DatasetError(f"{shown(self.path)} would have more than {most} frames")
        self._names.add(name)

    def _add_member(self, name: str, data: bytes) -> None:
        header = tar_header(name, len(data))
        member = Member(name, self._size + len(header), len(data), sha256(data).hexdigest())
        self._members.append(member)
        for part in (header, data, bytes(-len(data) % BLOCK)):
            self._size += self._file.write(part)

    def publish(self) -> ShardIndex:
        """Put the shard and then its index in their places.

        Raises
        ------
        OSError
            From the file system, as it came.
        """
        self._size += self._file.write(tar_end(self._size))
        self._file.close()
        index = ShardIndex(self.head, len(self._names), self._size, tuple(self._members))
        index_path(self.path).unlink(missing_ok=True)  # of another shard of that name
        self._temporary.replace(self.path)
        write_index(self.path, index)
        return index

    def __exit__(self, *_: object) -> None:
        try:
            self._file.close()
        finally:
            self._temporary.unlink(missing_ok=True)


def tar_header(name: str, size: int) -> bytes:
    """A member's header: USTAR, or PAX before it where the name is too long for that.

    The time is 0, the owner 0, the mode 0644, as `tarfile` has them where nothing else is said.
    """
    if len(name) > _SHORT_NAME or size > _SMALL:
        return _tarfile_header(name, size)
    # There are four to a frame: the fields that differ are put into a header of tarfile's making,
    # which takes a fraction of the time of having it make each.
    header = bytearray(_blank_header())
    header[: len(name)] = name.encode("ascii")
    header[_SIZE] = b"%011o" % size
    header[_CHECKSUM] = b"%06o\0" % (sum(header) + _CHECKSUM_AS_SPACES)
    return bytes(header)


@cache
def _blank_header() -> bytes:
    header = bytearray(_tarfile_header("", 0))
    header[_CHECKSUM] = bytes(7)
    return bytes(header)


def _tarfile_header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT, "ascii", "strict")


def tar_end(size: int) -> bytes:
    """What ends a tar file that has `size` bytes so far: two empty blocks, and up to a record."""
    end = 2 * BLOCK
    return bytes(end + -(size + end) % tarfile.RECORDSIZE)
