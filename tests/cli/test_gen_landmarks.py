"""faceflow-gen from other landmarks than text files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import environment, gen, run
from faces import Faces, make_faces
from generation import by_name, record, tree

from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import encode_image_csv, read_image_csv


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    """Five frames, with CSV files in place of texts."""
    faces = make_faces(tmp_path, frames=5)
    for number, path in enumerate(sorted(faces.landmarks.rglob("*.txt")), start=1):
        face = Face(np.loadtxt(path), 0.9 + number / 1000)
        csv(faces, path.name[:3]).write_bytes(encode_image_csv([face]))
        path.unlink()
    return faces


def csv(faces: Faces, frame: str) -> Path:
    return faces.landmarks / "F001" / "T1" / f"{frame}.csv"


def options(faces: Faces) -> tuple[object, ...]:
    return ("--landmarks", "openface", "--landmarks-dir", faces.landmarks)


def test_folder_of_csv_files_is_a_source(faces: Faces) -> None:
    """With no OpenFace at hand; confidences are in the records and beside the landmarks."""
    assert gen(faces, *options(faces)).code == 0
    frames = by_name(record(faces)["frames"])
    assert [frame["confidence"] for frame in frames.values()] == [
        *(0.901, 0.902, 0.903, 0.904, 0.905)
    ]
    (used,) = read_image_csv(faces.output / "F001" / "T1" / "003.csv")
    (given,) = read_image_csv(csv(faces, "003"))
    assert used.confidence == given.confidence
    np.testing.assert_allclose(used.landmarks, given.landmarks, atol=5e-4)


def test_frame_without_a_face_skips_its_two_pairs(faces: Faces) -> None:
    """The sequence goes on with the same triangles; nothing failed."""
    csv(faces, "003").write_bytes(encode_image_csv([]))
    ended = gen(faces, *options(faces))
    assert ended.code == 0
    made = record(faces)
    assert by_name(made["frames"])["003"] == {
        **{"name": "003", "status": "skipped", "reason": "no_face"},
        **{"detail": "no face was found", "confidence": None},
    }
    pairs = made["pairs"]
    assert [pair["status"] for pair in pairs] == ["ok", "skipped", "skipped", "ok"]
    assert {pair["reason"] for pair in pairs[1:3]} == {"no_face"}
    assert all("frame 003" in pair["detail"] for pair in pairs[1:3])
    files = {path.name for path in (faces.output / "F001" / "flow_T1").iterdir()}
    assert files == {*(f"00{i}.jpg" for i in range(1, 6)), "001.flo", "004.flo"}
    whole = faces.root / "whole"
    csv(faces, "003").write_bytes(csv(faces, "002").read_bytes())
    assert gen(faces, *options(faces), output=whole).code == 0
    for name in ("F001/flow_T1/001.flo", "F001/flow_T1/004.flo"):
        assert (whole / name).read_bytes() == (faces.output / name).read_bytes()


def test_face_that_is_not_sure_is_skipped(faces: Faces) -> None:
    """Named with its confidence; a lower minimum takes it, as another dataset."""
    (face,) = read_image_csv(csv(faces, "001"))
    csv(faces, "001").write_bytes(encode_image_csv([Face(face.landmarks, 0.5)]))
    assert gen(faces, *options(faces)).code == 0
    frame = record(faces)["frames"][0]
    assert (frame["status"], frame["reason"]) == ("skipped", "low_confidence")
    assert frame["detail"] == "confidence 0.5 is under 0.725"
    assert frame["confidence"] == 0.5
    lower = (*options(faces), "--min-confidence", "0.5")
    assert "--min-confidence 0.725, now it is 0.5" in gen(faces, *lower).complaint()
    assert gen(faces, *lower, output=faces.root / "lower").code == 0
    fields = json.loads((faces.root / "lower" / "dataset.json").read_text())
    assert fields["totals"]["frames"] == {"ok": 5, "failed": 0, "skipped": 0}


def test_missing_csv_is_a_failure(faces: Faces) -> None:
    """It is tried again once it is there."""
    data = csv(faces, "002").read_bytes()
    csv(faces, "002").unlink()
    ended = gen(faces, *options(faces))
    assert ended.code == 1
    assert "missing_landmarks 1" in ended.out
    csv(faces, "002").write_bytes(data)
    assert gen(faces, *options(faces)).code == 0


def test_what_faceflow_landmarks_wrote_is_a_source(faces: Faces) -> None:
    """The same dataset as from what it was made from."""
    found = faces.root / "found"
    assert run("faceflow", "landmarks", faces.images, found, *options(faces)).code == 0
    assert gen(faces, *options(faces)).code == 0
    again = faces.root / "again"
    words = ("--landmarks", "openface", "--landmarks-dir", found)
    assert gen(faces, *words, output=again).code == 0
    assert tree(again) == tree(faces.output)


def test_csv_files_are_known_by_themselves(faces: Faces) -> None:
    """A folder of them needs no --landmarks."""
    found = faces.root / "found"
    faces.landmarks.rename(found)
    assert gen(faces, "--landmarks-dir", found).code == 0
    assert record(faces)["frames"][0]["confidence"] == 0.901


def test_dataset_and_landmarks_do_not_share_a_folder(faces: Faces) -> None:
    """The one's files would pass for the other's, in other pixels: exit code 2 both ways."""
    found = faces.root / "found"
    words = (faces.images, found, *options(faces))
    assert run("faceflow", "landmarks", *words).code == 0
    before = tree(found)
    ended = run("faceflow-gen", *words)
    assert (ended.code, "holds what faceflow landmarks found" in ended.complaint()) == (2, True)
    assert gen(faces, *options(faces)).code == 0
    files = tree(faces.output)
    ended = run("faceflow", "landmarks", faces.images, faces.output, *options(faces))
    assert (ended.code, "holds a dataset" in ended.complaint()) == (2, True)
    other = ("--landmarks", "openface", "--landmarks-dir", faces.output)
    ended = gen(faces, *other, output=faces.root / "third")
    assert (ended.code, "is a dataset, whose landmarks" in ended.complaint()) == (2, True)
    assert (tree(found), tree(faces.output)) == (before, files)


@pytest.mark.parametrize("source", ["dlib", "files"])
def test_openface_is_refused_with_another_source(faces: Faces, source: str) -> None:
    """It would be passed over without a word."""
    ended = gen(faces, "--landmarks", source, "--openface", faces.root)
    assert ended.code == 2
    assert f"--openface is not taken with --landmarks {source}" in ended.complaint()


def test_damaged_store_is_a_failure_that_says_what_to_do(faces: Faces) -> None:
    """Exit code 1: something has been written by then."""
    faces.output.mkdir()
    (faces.output / "progress.sqlite").write_bytes(b"no database" * 100)
    ended = gen(faces, *options(faces))
    assert ended.code == 1
    assert "progress.sqlite cannot be used: file is not a database; once it is deleted, all" in (
        ended.complaint()
    )


def test_missing_dlib_is_told_before_anything_is_written(faces: Faces) -> None:
    """With what to install, in one line."""
    shutil.rmtree(faces.landmarks)
    away = faces.root / "without"
    away.mkdir()
    (away / "dlib.py").write_text("raise ModuleNotFoundError('no dlib', name='dlib')\n")
    path = f"{away}:{environment()['PYTHONPATH']}"
    ended = gen(faces, env={"PYTHONPATH": path})
    assert ended.code == 2
    assert "pip install 'faceflow[dlib]'" in ended.complaint()
    assert not faces.output.exists()


def test_openface_that_is_not_there_is_told_before_anything_is_written(faces: Faces) -> None:
    """By the option that named it."""
    words = ("--landmarks", "openface", "--openface", faces.root)
    ended = gen(faces, *words)
    assert ended.code == 2
    assert "--openface" in ended.complaint()
    assert not faces.output.exists()
