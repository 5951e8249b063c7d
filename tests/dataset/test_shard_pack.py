"""Files trees turned into shards and back: every byte returns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import make_faces
from generation import generate, tree
from shard_samples import make_both

from faceflow.dataset.records import read_json
from faceflow.dataset.shards.dataset import ShardsDataset
from faceflow.dataset.shards.names import frames_per_shard, shard_path
from faceflow.dataset.shards.pack import pack_files
from faceflow.dataset.shards.read import ShardReader
from faceflow.dataset.shards.unpack import unpack_shards
from faceflow.dataset.shards.verify import verify_shard
from faceflow.errors import DatasetError


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"outside": "zero", "image_format": "png"},
        {"outside": "nan", "masks": True},
        {"triangulation": "each", "direction": "both", "masks": True},
        {"from_first": True, "direction": "both", "stride": 2},
        {"direction": "backward", "size": (40, 60)},
        {"flow_format": "kitti", "masks": True},
        {"flow_format": "npz", "outside": "zero"},
    ],
    ids=str,
)
def test_files_come_back_byte_for_byte(tmp_path: Path, options: dict[str, Any]) -> None:
    """Images, flow, masks, landmarks, records and configuration, also of frames that failed."""
    faces = make_faces(tmp_path, ("S1", "S2"), ("T.1", "two\nlines"), 6)
    faces.text("003", "S1", "T.1").unlink()
    faces.image("004", "S2", "T.1").write_bytes(b"")
    files, shards = make_both(faces, **options)
    unpack_shards(shards, tmp_path / "back")
    made = tree(files)
    made.pop("report.html")  # a run's, not the dataset's
    assert tree(tmp_path / "back") == made


def test_shards_come_back_byte_for_byte(tmp_path: Path) -> None:
    """Where the landmarks have no more than the 3 decimals of the files tree."""
    faces = make_faces(tmp_path, frames=6)
    generate(faces)
    pack_files(faces.output, tmp_path / "rounded", per_shard=4)
    unpack_shards(tmp_path / "rounded", tmp_path / "files")
    pack_files(tmp_path / "files", tmp_path / "again", per_shard=4)
    assert tree(tmp_path / "again") == tree(tmp_path / "rounded")


def test_flow_of_rounded_landmarks_is_near(tmp_path: Path) -> None:
    """All that is lost without the landmarks as they were used."""
    faces = make_faces(tmp_path, frames=3)
    exact = ShardsDataset(make_both(faces)[1])
    pack_files(faces.output, tmp_path / "rounded")
    for one, other in zip(ShardsDataset(tmp_path / "rounded"), exact, strict=True):
        known = one.valid & other.valid
        assert known.sum() > 0.9 * other.valid.sum()
        np.testing.assert_allclose(one.flow[known], other.flow[known], rtol=0, atol=0.005)


def test_frames_lie_in_shards_of_one_sequence(tmp_path: Path) -> None:
    """As many each as said, fewer in the last, named so that they sort."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=11)
    shards = make_both(faces, per_shard=4)[1]
    for sequence in ("T1", "T2"):
        folder = shards / "F001" / sequence
        paths = sorted(folder.glob("*.tar"))
        assert paths == [shard_path(folder, number) for number in range(3)]
        readers = [ShardReader(path) for path in paths]
        assert [len(reader) for reader in readers] == [4, 4, 3]
        assert [reader.head.first for reader in readers] == [0, 4, 8]
        names = [name for reader in readers for name in reader.names]
        assert names == [f"{number:03}" for number in range(1, 12)]
        assert [verify_shard(path) for path in paths] == [[], [], []]


def test_number_of_frames_follows_from_their_size(tmp_path: Path) -> None:
    """It is known before anything is made, and one run's is another's."""
    faces = make_faces(tmp_path)
    shards = make_both(faces, per_shard=None)[1]
    (shard,) = shards.rglob("*.tar")
    assert ShardReader(shard).head.frames_per_shard == frames_per_shard((64, 48))
    assert frames_per_shard((32766, 32766), unit=1) == 1
    assert frames_per_shard(None) > 1000


def test_configuration_says_that_there_are_shards(tmp_path: Path) -> None:
    """All else in it stays."""
    files, shards = make_both(make_faces(tmp_path))
    before, after = (read_json(path / "dataset.json") for path in (files, shards))
    assert after["configuration"].pop("writer") == "shards"
    assert after == before


@pytest.mark.parametrize("path", ["flow_T1/002.jpg", "T1/002.csv", "T1/sequence.json"])
def test_files_that_are_not_there_are_told(tmp_path: Path, path: str) -> None:
    """On one line, with the name, and no shard is left that looks whole."""
    faces = make_faces(tmp_path)
    generate(faces)
    damaged = faces.output / "F001" / path
    if damaged.suffix == ".json":
        damaged.write_bytes(b"{}")
    else:
        damaged.unlink()
    with pytest.raises(DatasetError, match=damaged.name) as caught:
        pack_files(faces.output, tmp_path / "shards")
    assert str(caught.value).isprintable()
    assert not [p for p in (tmp_path / "shards").rglob("*") if p.is_file()]
