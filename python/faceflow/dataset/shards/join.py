"""Putting a shard together from parts, which are shards of fewer frames."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from faceflow.dataset.shards.frame import ShardHead
from faceflow.dataset.shards.index import ShardIndex, read_index
from faceflow.dataset.shards.names import index_path
from faceflow.dataset.shards.write import ShardWriter


class Piece(NamedTuple):
    """Consecutive frames of a shard, to be taken over into another one."""

    path: Path
    """The shard that has them."""

    frames: range
    """Their numbers in it, from 0."""


def join_shard(path: Path, head: ShardHead, pieces: Iterable[Piece]) -> None:
    """Write a shard from pieces of others, in order; its old self may be among them.

    The bytes are those that `write.write_shard` would have made of all the frames at once.

    Raises
    ------
    DatasetError
        A piece is damaged, or the pieces do not fit together.
    OSError
        From the file system, as it came.
    """
    indexes: dict[Path, ShardIndex] = {}
    with ShardWriter(path, head) as writer:
        for piece in pieces:
            if piece.path not in indexes:
                indexes[piece.path] = read_index(piece.path)
            writer.add_from(piece.path, indexes[piece.path], piece.frames)
        writer.publish()


def remove_shard(path: Path) -> None:
    """Take a shard and its index away, if they are there."""
    index_path(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)
