"""faceflow export and faceflow shards: a dataset into tar files, and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command import run
from faces import Faces, make_faces
from generation import OF_RUN, generate, tree

import faceflow as ff


@pytest.fixture
def shards(tmp_path: Path) -> tuple[Faces, Path]:
    """A dataset, and the shards of it."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=4)
    generate(faces)
    ended = run("faceflow", "export", faces.output, tmp_path / "shards")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    return faces, tmp_path / "shards"


def test_shards_open_as_the_files_do(shards: tuple[Faces, Path]) -> None:
    """The same pairs, frames and landmarks; the flow is that of landmarks to 3 decimals."""
    faces, path = shards
    files, packed = ff.open_dataset(faces.output), ff.open_dataset(path)
    assert len(files) == len(packed) == 6
    for one, other in zip(files, packed, strict=True):
        assert one.names == other.names
        assert np.array_equal(one.frames, other.frames)
        assert np.array_equal(one.landmarks, other.landmarks)
        both = one.valid & other.valid
        assert both.sum() > 0.95 * one.valid.sum()
        assert np.abs(one.flow[both] - other.flow[both]).max() < 0.02


def test_shards_take_little_room(shards: tuple[Faces, Path]) -> None:
    """There is no flow in them."""
    faces, path = shards
    flow = sum(p.stat().st_size for p in faces.output.rglob("*.flo"))
    assert sum(p.stat().st_size for p in path.rglob("*.tar")) < flow


def test_shards_become_files_again(shards: tuple[Faces, Path], tmp_path: Path) -> None:
    """The same images, landmarks and records, and flow of those landmarks."""
    faces, path = shards
    assert run("faceflow", "export", path, tmp_path / "back").code == 0
    before, after = tree(faces.output), tree(tmp_path / "back")
    before.pop("report.html")
    assert set(after) == set(before)
    assert {k: v for k, v in after.items() if not k.endswith(".flo")} == {
        k: v for k, v in before.items() if not k.endswith(".flo")
    }


def test_shards_are_listed_and_verified(shards: tuple[Faces, Path]) -> None:
    """A byte that has changed, or a file that has gone, is damage: exit code 1."""
    _, path = shards
    ended = run("faceflow", "shards", path)
    assert (ended.code, ended.err) == (0, "")
    assert [line.rpartition(", ")[2] for line in ended.out.splitlines()] == ["sound", "sound"]
    shard = path / "F001" / "T1" / "shard-000000.tar"
    data = bytearray(shard.read_bytes())
    data[1000] ^= 1
    shard.write_bytes(data)
    (path / "F001" / "T2" / "shard-000000.tar").unlink()
    ended = run("faceflow", "shards", path, "--json")
    assert ended.code == 1
    assert [bool(one["problems"]) for one in json.loads(ended.out)["shards"]] == [True, True]
    assert len(ended.err.splitlines()) == 2


def test_wrong_folders_are_refused(shards: tuple[Faces, Path], tmp_path: Path) -> None:
    """One line; nothing is written over."""
    faces, path = shards
    before = tree(path)
    ended = run("faceflow", "export", faces.output, path)
    assert (ended.code, "is not empty" in ended.complaint()) == (2, True)
    ended = run("faceflow", "export", faces.output, faces.output / "shards")
    assert (ended.code, "lies in SOURCE" in ended.complaint()) == (2, True)
    for command in (("export", tmp_path / "none", tmp_path / "out"), ("shards", faces.images)):
        ended = run("faceflow", *command)
        assert (ended.code, "dataset.json cannot be read" in ended.complaint()) == (1, True)
    assert tree(path) == before
    assert not (tmp_path / "out").exists()


def test_export_that_fails_leaves_nothing_in_its_way(
    shards: tuple[Faces, Path], tmp_path: Path
) -> None:
    """Once what was wrong is mended, the same command does it."""
    faces, _ = shards
    image = faces.output / "F001" / "flow_T2" / "002.jpg"
    data = image.read_bytes()
    image.unlink()
    words = ("faceflow", "export", faces.output, tmp_path / "again")
    assert run(*words).code == 1
    assert {path.name for path in (tmp_path / "again").iterdir()} == OF_RUN
    image.write_bytes(data)
    assert run(*words).code == 0
    assert len(ff.open_dataset(tmp_path / "again")) == 6
