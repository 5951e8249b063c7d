"""faceflow-gen refuses what it cannot do, and lists what it could not: exit codes and messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import gen, run
from faces import Faces, make_faces, write_points
from generation import record, tree


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    return make_faces(tmp_path, frames=4)


def refused(faces: Faces, *options: object, output: Path | None = None) -> str:
    """The complaint of a run with exit code 2 that left everything as it was."""
    before = tree(faces.root)
    ended = gen(faces, *options, output=output)
    assert (ended.code, ended.out) == (2, ""), ended
    assert tree(faces.root) == before
    return ended.complaint().removeprefix("faceflow-gen: ")


def test_failures_exit_with_1_and_are_listed_and_counted(faces: Faces) -> None:
    """What is well is made; stdout has the totals, stderr and the log the list."""
    faces.text("002").write_text("1 2\n3 nan\n")
    ended = gen(faces)
    assert ended.code == 1
    assert ended.complaint().startswith("F001/T1: frame 002 failed: landmarks[1] is not finite")
    assert ended.out.splitlines()[:2] == [
        "frames: 3 ok, 1 failed, 0 skipped (bad_landmarks 1)",
        "pairs: 1 ok, 2 failed, 0 skipped (bad_landmarks 2)",
    ]
    assert "landmarks[1] is not finite" in (faces.output / "faceflow.log").read_text()


def test_skipped_pairs_are_no_failure(tmp_path: Path) -> None:
    """Reported, with exit code 0."""
    faces = make_faces(tmp_path, frames=2)
    for frame in ("001", "002"):
        faces.text(frame).write_text("1 1\n2 2\n3 3\n")
    ended = gen(faces)
    assert ended.code == 0
    assert ended.complaint().startswith("F001/T1: pair 001 -> 002 skipped: ")
    assert "pairs: 0 ok, 0 failed, 1 skipped (degenerate 1)" in ended.out


def test_a_long_list_of_failures_is_cut(tmp_path: Path) -> None:
    """Twenty stand on stderr; the log has all."""
    faces = make_faces(tmp_path, frames=25)
    for number in range(1, 26):
        faces.text(f"{number:03}").unlink()
    ended = gen(faces)
    lines = ended.err.splitlines()
    assert (ended.code, len(lines)) == (1, 21)
    assert lines[-1] == "the rest is in faceflow.log and the records"
    assert (faces.output / "faceflow.log").read_text().count("failed:") == 25


def test_json_is_one_object_and_nothing_else(faces: Faces) -> None:
    """Also where something failed."""
    faces.image("001").write_bytes(b"")
    ended = gen(faces, "--json")
    assert (ended.code, ended.out.count("\n")) == (1, 1)
    assert json.loads(ended.out) == json.loads((faces.output / "dataset.json").read_text())


def test_two_images_of_one_stem_are_an_error_of_their_sequence(tmp_path: Path) -> None:
    """The other sequence is made; the message names the files."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"))
    path = faces.image("002")
    path.with_suffix(".jpg").write_bytes(path.read_bytes())
    ended = gen(faces)
    assert ended.code == 1
    assert ended.complaint() == "F001/T1: 2 images have the stem 002: 002.jpg, 002.png"
    assert record(faces, sequence="T2")["pairs"][0]["status"] == "ok"
    assert not (faces.output / "F001" / "T1").exists()
    problems = json.loads((faces.output / "dataset.json").read_text())["problems"]
    assert list(problems) == ["F001/T1"]


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    """It says what would be made."""
    faces = make_faces(tmp_path, ("F1", "F2"), frames=4)
    before = tree(tmp_path)
    ended = gen(faces, "--dry-run", "--limit", "4")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "'F1/T1': 4 frames, 3 pairs",
        "'F2/T1': 2 frames, 1 pairs",
        "6 frames, 4 pairs; nothing was written",
    ]
    foreseen = json.loads(gen(faces, "--dry-run", "--json").out)
    assert (foreseen["frames"], foreseen["pairs"], foreseen["problems"]) == (8, 6, {})
    assert tree(tmp_path) == before
    assert not faces.output.exists()


def test_images_that_are_missing_are_refused(faces: Faces) -> None:
    """By the name that was given."""
    faces.images.rename(faces.root / "away")
    assert refused(faces) == f"IMAGES {faces.images} is no folder"


def test_images_without_sequences_are_refused(faces: Faces) -> None:
    """A folder of one level too few, say."""
    assert "no sequences in" in refused(faces, "--sequences", "Z*")
    ended = run("faceflow-gen", faces.images / "F001", faces.output)
    assert ended.code == 2
    assert "folders <subject>/<sequence>/ with images are taken" in ended.complaint()


def test_landmarks_folder_that_is_missing_is_refused(faces: Faces) -> None:
    """Every frame would fail."""
    assert "no landmarks folder" in refused(faces, "--landmarks-dir", faces.root / "away")


def test_output_inside_images_is_refused(faces: Faces) -> None:
    """It would be taken for a subject."""
    assert "lies in IMAGES" in refused(faces, output=faces.images / "dataset")


def test_output_that_is_a_file_is_refused(faces: Faces) -> None:
    """And the file stays."""
    faces.output.write_text("mine")
    assert refused(faces) == f"OUTPUT {faces.output} cannot be written: File exists"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--size", "512"), "--size '512' is not taken: HxW (as 512x384) or source is"),
        (("--flow-format", "avi"), "--flow-format 'avi' is not taken: flo, kitti, npz are"),
        (("--landmarks", "eyes"), "--landmarks 'eyes' is not taken: auto, files, openface, dlib"),
        (("--openface-mode", "video"), "--openface-mode 'video' is not taken: image, sequence are"),
        (("--landmarks-on", "all"), "--landmarks-on 'all' is not taken: original, resized are"),
        (("--min-confidence", "72"), "--min-confidence 72.0 is not taken: 0 to 1 is"),
        (("--openface-timeout", "0"), "--openface-timeout 0.0 is not taken: seconds over 0 are"),
        (("--stride", "0"), "--stride 0 is not taken: 1 and more are"),
        (("--stride", "two"), "--stride"),
        (("--workers", "0"), "--workers"),
        (("--limit", "-1"), "--limit"),
        (("--max-flow", "0"), "--max-flow 0.0 is not taken: more than 0 px is"),
        (("--colour", "red"), "--colour"),
        (("--masks=yes",), "--masks"),
        (("third",), "third"),
        (("--size",), "--size"),
    ],
)
def test_bad_options_are_refused_by_name(faces: Faces, options: tuple[str], told: str) -> None:
    """With what is taken, or where help is."""
    assert told in refused(faces, *options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--stride", "2"), "with --stride 1, now it is 2"),
        (("--outside", "nan"), "with --outside 'unknown', now it is 'nan'"),
        (("--size", "32x32"), "with --size 'source', now it is '32x32'"),
        (("--masks",), "without --masks, now it is with --masks"),
        (("--quality",), "without --quality, now it is with --quality"),
        (("--min-quality", "0.5"), "without --min-quality, now it is with --min-quality 0.5"),
    ],
)
def test_dataset_made_otherwise_is_not_mixed(
    faces: Faces, options: tuple[str, ...], told: str
) -> None:
    """The difference is named, and the dataset stays."""
    assert gen(faces).code == 0
    assert f"OUTPUT was made {told}; take the same, another" in refused(faces, *options)


@pytest.mark.parametrize("content", ["", "[]", '{"configuration": null}'])
def test_output_of_unknown_making_is_refused(faces: Faces, content: str) -> None:
    """Unless all is to be made anew."""
    assert gen(faces).code == 0
    before = tree(faces.output)
    (faces.output / "dataset.json").write_text(content)
    assert "dataset.json" in refused(faces)
    assert gen(faces, "--overwrite").code == 0
    assert tree(faces.output) == before


def test_debug_shows_where(faces: Faces) -> None:
    """The traceback, then the same line."""
    ended = gen(faces, "--stride", "0", "--debug")
    assert ended.code == 2
    assert ended.err.startswith("Traceback")
    assert ended.err.splitlines()[-1] == "faceflow-gen: --stride 0 is not taken: 1 and more are"


@pytest.mark.parametrize("images", ["../Subjects", "Subjects", "Subjects/F001/.."])
def test_landmarks_are_found_beside_images_however_they_are_named(
    faces: Faces, images: str
) -> None:
    """Relative paths, and such with two dots."""
    where = faces.root / "Landmarks" if images.startswith("..") else faces.root
    ended = run("faceflow-gen", images, faces.output, "--size", "source", cwd=where)
    assert ended.code == 0, ended
    ended = run("faceflow-gen", "..", faces.output, "--size", "source", cwd=faces.images / "F001")
    assert ended.code == 0, ended


def test_one_bad_sequence_of_many_does_not_stop_the_others(tmp_path: Path) -> None:
    """A run over a night is not lost to one folder."""
    faces = make_faces(tmp_path, ("F1", "F2", "F3"))
    for frame in ("001", "002", "003"):
        write_points(faces.text(frame, "F2"), faces.points(frame, "F2") + 1e9)
    ended = gen(faces, "--workers", "1")
    assert ended.code == 1
    assert "frames: 6 ok, 3 failed" in ended.out
    assert record(faces, "F3")["pairs"][1]["status"] == "ok"
