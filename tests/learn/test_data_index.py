"""The pairs that a network learns from: of either kind of dataset, by part, no subject in two."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from faces import Faces, make_faces
from generation import generate
from shard_samples import make_both

import faceflow as ff
from faceflow.dataset.split import SplitOptions, split_dataset
from faceflow.errors import ConfigError, DatasetError
from faceflow.learn.data.index import open_pairs, split_pairs

SUBJECTS = ("F001", "F002", "M001", "M002")


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Four subjects of five frames each, one of which has no face."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), SUBJECTS, frames=5)
    faces.text("003", "F002").unlink()
    return faces


@pytest.fixture
def split(faces: Faces, tmp_path: Path) -> Path:
    """A dataset with its split."""
    generate(faces, tmp_path / "dataset")
    split_dataset(tmp_path / "dataset", SplitOptions((0.5, 0.25, 0.25)))
    return tmp_path / "dataset"


def test_files_and_shards_have_the_same_pairs(faces: Faces) -> None:
    """Those that `open_dataset` has, in its order, forward and backward."""
    for path in make_both(faces, direction="both", overwrite=True):
        pairs = open_pairs(path)
        assert [pairs.names(i) for i in range(len(pairs))] == [
            s.names for s in ff.open_dataset(path)
        ]
        assert len(pairs) == 2 * (3 * 4 + 2)
        assert pairs.subjects == list(SUBJECTS)


def test_can_be_sent_to_other_processes(faces: Faces) -> None:
    """Unpickled, it reads the same frames."""
    for path in make_both(faces, overwrite=True):
        pairs = open_pairs(path)
        other = pickle.loads(pickle.dumps(pairs))
        (frames, number, _), (there, *_) = pairs[5], other[5]
        stored, again = frames.read(number), there.read(number)
        assert stored.picture == again.picture
        np.testing.assert_array_equal(stored.landmarks, again.landmarks)


def test_parts_are_those_of_the_split(split: Path) -> None:
    """Every pair is in one part, and no subject in two."""
    parts = {part: open_pairs(split, part) for part in ("train", "val", "test")}
    assert sum(len(pairs) for pairs in parts.values()) == len(open_pairs(split))
    subjects = [subject for pairs in parts.values() for subject in pairs.subjects]
    assert sorted(subjects) == list(SUBJECTS)
    for part, pairs in parts.items():
        lines = (split / "splits" / f"{part}.txt").read_text().splitlines()
        assert ["\t".join(pairs.names(i)) for i in range(len(pairs))] == lines


def test_a_subject_in_two_parts_is_refused(split: Path) -> None:
    """Whichever part is opened, by name."""
    train, val = split / "splits" / "train.txt", split / "splits" / "val.txt"
    line = train.read_text().splitlines()[0]
    val.write_text(val.read_text() + line + "\n")
    for part in ("train", "val"):
        with pytest.raises(ConfigError, match=f"the subject {line.split()[0]} is in {part} and in"):
            open_pairs(split, part)


def test_what_is_not_there_is_refused(split: Path) -> None:
    """No split, an empty part, a part of another name, a pair without flow, a damaged line."""
    folder = split / "splits"
    with pytest.raises(ConfigError, match="'dev' is not taken, only train, val, test"):
        open_pairs(split, "dev")
    (folder / "test.txt").write_text("")
    with pytest.raises(ConfigError, match=r"test\.txt lists no pair"):
        open_pairs(split, "test")
    (folder / "test.txt").write_text("M009\tT1\t001\t002\n")
    with pytest.raises(ConfigError, match="has no flow M009/T1 001 -> 002"):
        open_pairs(split, "test")
    subject = open_pairs(split, "train").subjects[0]
    (folder / "train.txt").write_text(f"{subject}\tT1\t001\t005\n")
    with pytest.raises(ConfigError, match=f"has no flow {subject}/T1 001 -> 005"):
        open_pairs(split, "train")
    (folder / "train.txt").write_text(f"{subject} T1 001 005\n")
    with pytest.raises(DatasetError, match=r"train\.txt, line 1, is .* with tabs between"):
        open_pairs(split, "train")
    (folder / "val.txt").unlink()
    with pytest.raises(ConfigError, match=r"has no splits/val\.txt: faceflow split makes it"):
        open_pairs(split, "val")


def test_odd_names_are_found_again(tmp_path: Path) -> None:
    """A subject whose name has a tab and a backslash, which a split escapes."""
    faces = make_faces(tmp_path, ("a\tb\\n", "c"), frames=3)
    generate(faces)
    split_dataset(faces.output, SplitOptions((0.5, 0.5, 0)))
    found = {s for part in ("train", "val") for s in open_pairs(faces.output, part).subjects}
    assert found == {"a\tb\\n", "c"}


def test_a_dataset_without_flow_is_refused(tmp_path: Path) -> None:
    """In one line."""
    faces = make_faces(tmp_path, frames=1)
    generate(faces)
    with pytest.raises(ConfigError, match="has no pair with flow"):
        open_pairs(faces.output)


def test_shared_out_in_memory(faces: Faces) -> None:
    """By subject and seed; a part of nothing is left out, and too few subjects are refused."""
    generate(faces, overwrite=True)
    pairs = open_pairs(faces.output)
    parts = split_pairs(pairs, (0.5, 0.5, 0), seed=3)
    assert list(parts) == ["train", "val"]
    assert sorted(parts["train"].subjects + parts["val"].subjects) == list(SUBJECTS)
    assert len(parts["train"]) + len(parts["val"]) == len(pairs)
    with pytest.raises(ConfigError, match="1 subjects with flow cannot be split"):
        split_pairs(pairs.of_subjects(["F001"]))


def test_landmark_files_by_other_hands_are_read_too(faces: Faces, tmp_path: Path) -> None:
    """With other columns and spaces, to the same numbers; a damaged one is named."""
    generate(faces, tmp_path / "d")
    frames, number, _ = open_pairs(tmp_path / "d")[0]
    path = tmp_path / "d" / "F001" / "T1" / "001.csv"
    expected = frames.read(number).landmarks
    header, row = path.read_text().splitlines()
    path.write_text(header.replace(",", ", ") + ",more\n" + row.replace(",", ", ") + ", 7\n")
    again = open_pairs(tmp_path / "d")[0].frames.read(number).landmarks
    np.testing.assert_array_equal(again, expected)
    damaged = {
        f"{header}\n{row}\n{row}\n": r"F001/T1/001\.csv has 2 faces, a frame of a dataset has one",
        f"{header}\n{row.rpartition(',')[0]},nan\n": r"is not finite in F001/T1/001\.csv",
        f"{header}\n{row.rpartition(',')[0]}\n": r"F001/T1/001\.csv",
        "": r"F001/T1/001\.csv is empty",
    }
    for text, message in damaged.items():
        path.write_text(text)
        with pytest.raises(DatasetError, match=message):
            open_pairs(tmp_path / "d")[0].frames.read(number)
    path.unlink()
    with pytest.raises(DatasetError, match=r"F001/T1/001\.csv cannot be read: No such file"):
        open_pairs(tmp_path / "d")[0].frames.read(number)


def test_triangles_that_are_none_are_refused(faces: Faces, tmp_path: Path) -> None:
    """When the dataset is opened."""
    generate(faces, tmp_path / "d")
    path = tmp_path / "d" / "F001" / "T1" / "sequence.json"
    path.write_text(path.read_text().replace('"triangles": [[', '"triangles": [[0,0,0],['))
    with pytest.raises(DatasetError, match="has triangles that are none"):
        open_pairs(tmp_path / "d")
