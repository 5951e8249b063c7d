"""faceflow landmarks: the landmarks of every frame, and nothing else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from command import Ended, run
from faces import Faces, make_faces, write_image
from skimage.data import astronaut

from faceflow.images import read_image
from faceflow.landmarks.openface_csv import read_image_csv

SHIFTS = (0, 3, 6, 9)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """An astronaut who moves to the left, with one frame in which nobody is."""
    faces = Faces(tmp_path_factory.mktemp("astronaut"))
    folder = faces.images / "F001" / "T1"
    folder.mkdir(parents=True)
    photograph = np.ascontiguousarray(astronaut()[..., ::-1])
    for number, shift in enumerate(SHIFTS, start=1):
        write_image(folder / f"{number}.png", photograph[0:300, 80 + shift : 400 + shift])
    write_image(folder / "10.png", photograph[300:500, 0:200])
    return faces


@pytest.fixture(scope="module")
def ended(faces: Faces) -> Ended:
    """The command's end; its output lies in faces.output."""
    return run("faceflow", "landmarks", faces.images, faces.output, "--sheet")


def test_it_ends_well_and_says_what_it_took(ended: Ended) -> None:
    """A frame without a face is no failure; the terms of the model are told."""
    assert ended.code == 0
    assert ended.out == "frames: 4 ok, 0 failed, 1 skipped (no_face 1)\n"
    terms, fault = ended.err.splitlines()
    assert "research use only" in terms
    assert fault == "F001/T1: frame 10 skipped: no face was found"


def test_table_has_a_line_for_each_frame(faces: Faces, ended: Ended) -> None:
    """In natural order, with status, reason and confidence."""
    with (faces.output / "landmarks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["frame"] for row in rows] == ["1", "2", "3", "4", "10"]
    assert [row["status"] for row in rows] == ["ok"] * 4 + ["skipped"]
    assert {(row["subject"], row["sequence"]) for row in rows} == {("F001", "T1")}
    assert rows[4]["reason"] == "no_face"
    assert all(0.725 <= float(row["confidence"]) <= 1 for row in rows[:4])


def test_landmarks_follow_the_face(faces: Faces, ended: Ended) -> None:
    """A CSV for each frame that was looked at, in pixels of the image; no row without a face."""
    places = []
    for number in range(1, 5):
        (face,) = read_image_csv(faces.output / "F001" / "T1" / f"{number}.csv")
        assert face.landmarks.shape == (68, 2)
        places.append(float(face.landmarks[:, 0].mean()))
    np.testing.assert_allclose(np.diff(places), -3, atol=1.5)
    assert read_image_csv(faces.output / "F001" / "T1" / "10.csv") == ()


def test_sheet_shows_the_frames(faces: Faces, ended: Ended) -> None:
    """With red where there is no face, and none elsewhere."""
    sheet = read_image(faces.output / "F001" / "T1" / "sheet.jpg").astype(int)
    assert min(sheet.shape[:2]) > 150
    b, g, r = np.moveaxis(sheet, -1, 0)
    assert ((r > 180) & (g < 90) & (b < 90)).sum() > 500


def test_second_run_makes_the_same(faces: Faces, ended: Ended) -> None:
    """From what is kept; --json is one object."""
    before = (faces.output / "F001" / "T1" / "2.csv").read_bytes()
    again = run(
        "faceflow", "landmarks", faces.images, faces.output, "--landmarks", "dlib", "--json"
    )
    assert again.code == 0
    summary = json.loads(again.out)
    assert summary["totals"]["frames"] == {"ok": 4, "failed": 0, "skipped": 1}
    assert summary["landmarks"]["landmarks"] == "dlib"
    assert (faces.output / "F001" / "T1" / "2.csv").read_bytes() == before


def test_frame_that_cannot_be_read_fails_and_loses_its_old_landmarks(
    faces: Faces, ended: Ended, tmp_path: Path
) -> None:
    """Exit code 1; landmarks of an earlier run are not taken for this one's."""
    found = tmp_path / "found"
    folder = tmp_path / "Subjects" / "F001" / "T1"
    folder.mkdir(parents=True)
    for number in (1, 2):
        data = (faces.images / "F001" / "T1" / f"{number}.png").read_bytes()
        (folder / f"{number}.png").write_bytes(data)
    words = ("faceflow", "landmarks", tmp_path / "Subjects", found, "--landmarks", "dlib")
    assert run(*words).code == 0
    (folder / "2.png").write_bytes(data[:-20])
    broken = run(*words)
    assert broken.code == 1
    assert "frame 2 failed: F001/T1/2.png is cut short" in broken.complaint()
    assert not (found / "F001" / "T1" / "2.csv").exists()
    assert (found / "F001" / "T1" / "1.csv").exists()


def test_table_keeps_what_was_not_asked_for(tmp_path: Path) -> None:
    """Subject by subject; sequences that are gone, and problems, show."""
    faces = make_faces(tmp_path, ("F10", "F9", "M1"), frames=2)
    twice = faces.images / "F9" / "T1" / "002.bmp"
    write_image(twice, np.zeros((64, 48, 3), np.uint8))
    words = ("faceflow", "landmarks", faces.images, faces.output)
    assert run(*words, "--subjects", "M*").code == 0
    assert run(*words, "--subjects", "F*").code == 1
    table = (faces.output / "landmarks.csv").read_text().splitlines()
    assert [",".join(line.split(",")[:4]) for line in table[1:]] == [
        *("F9,T1,001,failed", "F9,T1,002,failed", "F9,T1,002,failed"),
        *("F10,T1,001,ok", "F10,T1,002,ok", "M1,T1,001,ok", "M1,T1,002,ok"),
    ]
    assert "2 images have the stem 002" in table[1]
    (faces.images / "F10").rename(tmp_path / "away")
    assert run(*words, "--subjects", "F*").code == 1
    assert "F10" not in (faces.output / "landmarks.csv").read_text()


def test_options_may_stand_in_a_file(tmp_path: Path) -> None:
    """As those of faceflow-gen; the command line wins."""
    faces = make_faces(tmp_path, frames=2)
    config = tmp_path / "landmarks.toml"
    config.write_text('landmarks = "dlib"\nsheet = true\n')
    words = ("faceflow", "landmarks", faces.images, faces.output, "--config", config)
    assert run(*words, "--landmarks", "files").code == 0
    assert (faces.output / "F001" / "T1" / "sheet.jpg").exists()
    assert run(*words[:4], "--landmarks", "files").code == 0
    assert not (faces.output / "F001" / "T1" / "sheet.jpg").exists()  # it may be of other landmarks


def test_landmarks_of_frames_that_are_gone_are_taken_away(tmp_path: Path) -> None:
    """They would pass for those of a new frame of that name."""
    faces = make_faces(tmp_path, frames=3)
    words = ("faceflow", "landmarks", faces.images, faces.output)
    assert run(*words).code == 0
    faces.image("003").unlink()
    assert run(*words).code == 0
    assert sorted(p.name for p in (faces.output / "F001" / "T1").iterdir()) == [
        *("001.csv", "002.csv")
    ]


def test_sequences_named_like_output_folders_are_no_problem(tmp_path: Path) -> None:
    """T1 and flow_T1 share nothing here."""
    faces = make_faces(tmp_path, sequences=("T1", "flow_T1"), frames=2)
    assert run("faceflow", "landmarks", faces.images, faces.output).code == 0


def test_output_inside_images_is_refused(faces: Faces) -> None:
    """Exit code 2, nothing written."""
    refused = run("faceflow", "landmarks", faces.images, faces.images / "found")
    assert refused.code == 2
    assert "lies in IMAGES" in refused.complaint()
    assert not (faces.images / "found").exists()


def test_names_that_are_no_text_stay_what_they_are(tmp_path: Path) -> None:
    """Bytes, line ends and commas in the names of frames."""
    faces = Faces(tmp_path)
    folder = faces.images / "F,1" / "T1"
    folder.mkdir(parents=True)
    for name in (b"a\xff.png", b"b\nc.png"):
        write_image(folder / "new.png", np.zeros((100, 100, 3), np.uint8))
        (folder / "new.png").rename(folder / name.decode("utf-8", "surrogateescape"))
    assert run("faceflow", "landmarks", faces.images, faces.output, "--landmarks", "dlib").code == 0
    table = (faces.output / "landmarks.csv").read_bytes()
    assert b'"F,1",T1,a\xff,skipped' in table
    assert b'"F,1",T1,"b\nc",skipped' in table
