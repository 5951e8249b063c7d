"""Shards put together from parts: the bytes of one that was written at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from shard_samples import head, made_up_frames

from faceflow.dataset.shards.frame import ShardFrame
from faceflow.dataset.shards.index import read_index
from faceflow.dataset.shards.join import Piece, join_shard, remove_shard
from faceflow.dataset.shards.names import index_path
from faceflow.dataset.shards.verify import verify_shard
from faceflow.dataset.shards.write import write_shard
from faceflow.errors import DatasetError

NAMES = ["1", "2.a", "x" * 120, "4", "漢", "6", "7"]


@pytest.fixture
def frames() -> list[ShardFrame]:
    """With flow, a name that needs a long header, and one that failed at the end."""
    return list(made_up_frames(NAMES, flows=True))


def write_parts(folder: Path, frames: list[ShardFrame], length: int) -> list[Piece]:
    """Parts of so many frames each."""
    pieces = []
    for start in range(0, len(frames), length):
        some, path = frames[start : start + length], folder / f"part-{start}.tar"
        write_shard(path, replace(head(length), first=start), some)
        pieces.append(Piece(path, range(len(some))))
    return pieces


def content(path: Path) -> tuple[bytes, bytes]:
    """Of shard and index."""
    return path.read_bytes(), index_path(path).read_bytes()


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_parts_make_the_whole(tmp_path: Path, frames: list[ShardFrame], length: int) -> None:
    """Shard and index, whatever the length of the parts."""
    write_shard(tmp_path / "whole.tar", head(8), frames)
    join_shard(tmp_path / "joined.tar", head(8), write_parts(tmp_path, frames, length))
    assert content(tmp_path / "joined.tar") == content(tmp_path / "whole.tar")
    assert verify_shard(tmp_path / "joined.tar") == []


@pytest.mark.parametrize("anew", [(0,), (1,), (3,), (0, 2), (1, 2, 3)])
def test_some_frames_are_made_anew(
    tmp_path: Path, frames: list[ShardFrame], anew: tuple[int, ...]
) -> None:
    """The others are taken from the shard that is replaced."""
    old = [
        frame._replace(image=b"old") if n // 2 in anew else frame for n, frame in enumerate(frames)
    ]
    path = tmp_path / "a.tar"
    write_shard(path, head(8), old)
    pieces = [
        piece if n in anew else Piece(path, range(2 * n, min(2 * n + 2, len(frames))))
        for n, piece in enumerate(write_parts(tmp_path, frames, 2))
    ]
    join_shard(path, head(8), pieces)
    write_shard(tmp_path / "whole.tar", head(8), frames)
    assert content(path) == content(tmp_path / "whole.tar")


def test_part_that_is_cut_short_is_found(tmp_path: Path, frames: list[ShardFrame]) -> None:
    """Nothing is written then."""
    pieces = write_parts(tmp_path, frames, 4)
    whole = pieces[1].path.read_bytes()
    pieces[1].path.write_bytes(whole[: read_index(pieces[1].path).members[-2].offset])
    with pytest.raises(DatasetError, match="shorter"):
        join_shard(tmp_path / "a.tar", head(8), pieces)
    assert not list(tmp_path.glob("a.*"))
    assert not list(tmp_path.glob(".*"))


def test_frames_must_not_come_twice(tmp_path: Path, frames: list[ShardFrame]) -> None:
    """Nor be more than fit."""
    pieces = write_parts(tmp_path, frames, 7)
    with pytest.raises(DatasetError, match="two frames"):
        join_shard(tmp_path / "a.tar", head(8), pieces * 2)
    with pytest.raises(DatasetError, match="more than 6"):
        join_shard(tmp_path / "a.tar", head(6), pieces)


def test_shard_goes_with_its_index(tmp_path: Path, frames: list[ShardFrame]) -> None:
    """Also where one or both are not there."""
    write_shard(tmp_path / "a.tar", head(8), frames)
    remove_shard(tmp_path / "a.tar")
    remove_shard(tmp_path / "a.tar")
    assert list(tmp_path.iterdir()) == []
