"""Datasets in shards read back: every bit is that of the files tree."""

from __future__ import annotations

import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import SIZE, Faces, make_faces
from shard_samples import as_used, assert_same, make_both

import faceflow as ff
from faceflow.dataset.reader import FilesDataset
from faceflow.dataset.shards.dataset import ShardsDataset
from faceflow.errors import DatasetError

WILD = ["a b", "two\nlines", "é漢字", "\udcff\udcfe", "-x", "100%", "a.b", ".x", "%2E", "~_"]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Two subjects, of whom natural order shows, and a frame in the middle that fails."""
    names = [str(i) for i in range(1, 12)]
    faces = make_faces(tmp_path_factory.mktemp("faces"), ("S10", "S9"), frames=names)
    faces.text("5", "S9").unlink()
    return faces


@pytest.fixture(scope="module")
def both(faces: Faces) -> tuple[FilesDataset, ShardsDataset]:
    """The same pairs, as files and as shards."""
    files, shards = make_both(faces, direction="both")
    return FilesDataset(files), ShardsDataset(shards)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"outside": "zero"},
        {"outside": "nan"},
        {"masks": True, "image_format": "png"},
        {"triangulation": "each", "direction": "both"},
        {"direction": "backward", "stride": 2},
        {"from_first": True, "direction": "both", "stride": 3},
        {"size": (40, 60)},
        {"flow_format": "kitti"},
        {"flow_format": "kitti", "outside": "zero"},
        {"flow_format": "npz"},
        {"flow_format": "npz", "outside": "zero", "triangulation": "each"},
    ],
    ids=str,
)
def test_samples_are_those_of_the_files(tmp_path: Path, options: dict[str, Any]) -> None:
    """Frames, flow, validity, landmarks and names, whatever the dataset was made with."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=7)
    faces.text("003", sequence="T2").unlink()
    faces.image("005").write_bytes(b"")
    files, shards = (
        kind(path)
        for kind, path in zip(
            (FilesDataset, ShardsDataset), make_both(faces, **options), strict=True
        )
    )
    assert len(files) == len(shards) > 4
    for one, other in zip(files, shards, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("name", WILD, ids=ascii)
def test_names_of_any_kind(tmp_path: Path, name: str) -> None:
    """As subject, sequence and frame."""
    faces = make_faces(
        tmp_path, [name], [name], [name + "1", name + "2", name + "3"], suffix=".png"
    )
    if name.startswith("."):  # hidden folders and frames are passed over
        faces = make_faces(tmp_path / "b", ["b" + name], [name[1:]], ["1", "2" + name, "3"])
    files, shards = make_both(faces, per_shard=2)
    for one, other in zip(FilesDataset(files), ShardsDataset(shards), strict=True):
        assert_same(one, other)


def test_index_and_slice_as_those_of_a_list(both: tuple[FilesDataset, ShardsDataset]) -> None:
    """Negative indices, steps, and an end."""
    files, shards = both
    names = [sample.names for sample in files]
    assert [sample.names for sample in shards[15:3:-4]] == names[15:3:-4]
    assert shards[-1].names == names[-1]
    assert len(shards) == len(names) == 36
    with pytest.raises(IndexError):
        shards[36]
    with pytest.raises(IndexError):
        shards[-37]


def test_flow_between_any_two_frames(
    faces: Faces, both: tuple[FilesDataset, ShardsDataset]
) -> None:
    """Not only neighbours, and whichever shards they lie in."""
    points = as_used(faces)
    triangles = ff.triangulate(points("S9", "T1", "1"))
    for first, second in (("1", "11"), ("9", "2"), ("6", "6")):
        pair = points("S9", "T1", first), points("S9", "T1", second)
        expected = ff.synthesize(*pair, SIZE, triangles, return_valid=True)
        found = both[1].flow_between("S9", "T1", first, second)
        for one, other in zip(found, expected, strict=True):
            assert one.tobytes() == other.tobytes()


def test_sample_between_neighbours_is_that_of_the_pair(
    both: tuple[FilesDataset, ShardsDataset],
) -> None:
    """One way of making a sample."""
    for number in (0, 7, 20):
        assert_same(both[1].sample_between(*both[0][number].names), both[0][number])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("S9", "T1", "1", "5"), "has no landmarks: failed: S9/T1/5_landmarks.txt is not there"),
        (("S9", "T1", "1", "77"), "S9/T1 has no frame 77"),
        (("S9", "T2", "1", "2"), "has no sequence S9/T2"),
    ],
)
def test_frames_without_flow_are_told(
    both: tuple[FilesDataset, ShardsDataset], names: tuple[str, ...], message: str
) -> None:
    """By name, and with what became of them."""
    with pytest.raises(DatasetError, match=message):
        both[1].flow_between(*names)


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_dataset_works_in_other_processes(
    both: tuple[FilesDataset, ShardsDataset], method: str
) -> None:
    """Also where it has been read before."""
    files, shards = both
    assert_same(shards[0], files[0])
    with ProcessPoolExecutor(2, get_context(method)) as pool:
        for one, other in zip(pool.map(shards.__getitem__, range(6)), files, strict=False):
            assert_same(one, other)
    assert_same(pickle.loads(pickle.dumps(shards))[1], files[1])


def test_threads_share_a_dataset(both: tuple[FilesDataset, ShardsDataset]) -> None:
    """Each gets its own sample."""
    files, shards = both
    order = [i * 7 % 36 for i in range(72)]
    fresh = pickle.loads(pickle.dumps(shards))
    with ThreadPoolExecutor(8) as pool:
        for number, sample in zip(order, pool.map(fresh.__getitem__, order), strict=True):
            assert_same(sample, files[number])


def test_dataset_can_be_moved(tmp_path: Path) -> None:
    """Nothing in it depends on where it was made."""
    faces = make_faces(tmp_path)
    files, shards = make_both(faces)
    shutil.move(shards, tmp_path / "moved")
    assert_same(ShardsDataset(str(tmp_path / "moved"))[0], FilesDataset(files)[0])


def test_no_flow_and_no_csv_is_stored(both: tuple[FilesDataset, ShardsDataset]) -> None:
    """Which is what shards are for."""
    kinds = {"".join(path.suffixes) for path in both[1].root.rglob("*") if path.is_file()}
    assert kinds == {".tar", ".json"}
    sizes = [
        sum(path.stat().st_size for path in dataset.root.rglob("*") if path.is_file())
        for dataset in both
    ]
    assert np.divide(*sizes) > 2


def test_empty_dataset_has_no_samples(tmp_path: Path) -> None:
    """Of one sequence, of whose frames none can be read."""
    faces = make_faces(tmp_path)
    for frame in ("001", "002", "003"):
        faces.image(frame).write_bytes(b"")
    shards = ShardsDataset(make_both(faces)[1])
    assert len(shards) == 0
    assert shards[:] == []
    with pytest.raises(IndexError):
        shards[0]
