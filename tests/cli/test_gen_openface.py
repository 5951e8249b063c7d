"""faceflow-gen with OpenFace: one command from images to flow, and nothing left running."""

from __future__ import annotations

import csv
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from command import run, start
from faces import Faces
from generation import by_name, record, tree
from landmarks.openface_build import Build, Run, seen_faces

from faceflow.landmarks.openface_csv import read_image_csv


@pytest.fixture
def made(tmp_path: Path) -> tuple[Faces, Build]:
    """Two sequences without landmark files."""
    faces, build = seen_faces(tmp_path, frames=5, sequences=("T1", "T2"))
    faces.landmarks.rename(tmp_path / "away")
    build.save()
    return faces, build


def words(faces: Faces, build: Build, *options: object) -> list[object]:
    return [faces.images, faces.output, "--size", "source", "--openface", build.root, *options]


@pytest.mark.parametrize("mode", ["image", "sequence"])
def test_images_become_a_dataset_in_one_command(made: tuple[Faces, Build], mode: str) -> None:
    """auto takes OpenFace where its build is named; confidences and logs are kept."""
    faces, build = made
    ended = run("faceflow-gen", *words(faces, build, "--openface-mode", mode))
    assert (ended.code, ended.err) == (0, "")
    for image, (expected,) in build.expected.items():
        sequence = image.parent.name
        (used,) = read_image_csv(faces.output / "F001" / sequence / f"{image.stem}.csv")
        assert np.array_equal(used.landmarks, expected)
        assert used.confidence == 0.98
    assert {frame["confidence"] for frame in record(faces)["frames"]} == {0.98}
    assert "ended with code 0" in (faces.output / "F001" / "T1" / "openface.log").read_text()


def test_paper_preset_shows_openface_the_resized_frames(tmp_path: Path) -> None:
    """As the reference system does; landmarks still lie where the face is."""
    faces, build = seen_faces(tmp_path)
    faces.landmarks.rename(tmp_path / "away")
    for image, (points,) in list(build.expected.items()):
        build.forget_file(image)
        scaled = (points + 0.5) * (384 / 48, 512 / 64) - 0.5
        build.see(image, [scaled], resize=(512, 384))
    build.save()
    options = ("--openface", build.root, "--preset", "paper", "--viz", "none")
    assert run("faceflow-gen", faces.images, faces.output, *options).code == 0
    (used,) = read_image_csv(faces.output / "F001" / "T1" / "003.csv")
    (expected,) = build.expected[faces.image("003")]
    np.testing.assert_allclose(used.landmarks, expected, atol=5e-4)


def test_second_run_starts_no_openface(made: tuple[Faces, Build]) -> None:
    """Nor does another kind of dataset in the same folder: landmarks are found once."""
    faces, build = made
    assert run("faceflow-gen", *words(faces, build)).code == 0
    before, started = tree(faces.output), len(build.starts())
    (faces.output / "F001" / "T1" / "sequence.json").unlink()
    assert run("faceflow-gen", *words(faces, build)).code == 0
    assert tree(faces.output) == before
    assert run("faceflow-gen", *words(faces, build, "--overwrite", "--masks")).code == 0
    assert len(build.starts()) == started


def test_frame_that_openface_fails_on_is_tried_again_on_the_next_run(
    made: tuple[Faces, Build],
) -> None:
    """Exit code 1, its reason in the record, the other pairs made; then all is well."""
    faces, build = made
    build.misbehave(faces.image("002"), "crash")
    build.save()
    ended = run("faceflow-gen", *words(faces, build))
    assert ended.code == 1
    assert "frame 002 failed: " in ended.complaint()
    assert "killed by signal 11" in ended.complaint()
    frame = by_name(record(faces)["frames"])["002"]
    assert (frame["status"], frame["reason"]) == ("failed", "openface_crash")
    assert [pair["status"] for pair in record(faces)["pairs"]] == ["failed", "failed", "ok", "ok"]
    build.told["at"].clear()
    build.save()
    assert run("faceflow-gen", *words(faces, build)).code == 0


def test_broken_build_is_told_before_a_dry_run(made: tuple[Faces, Build]) -> None:
    """As the run itself would, with exit code 2."""
    faces, build = made
    (build.root / "bin" / "FaceLandmarkImg").unlink()
    ended = run("faceflow-gen", *words(faces, build, "--dry-run"))
    assert ended.code == 2
    assert "bin/FaceLandmarkImg cannot be used" in ended.complaint()


def test_openface_run_is_no_folder_of_its_files(made: tuple[Faces, Build]) -> None:
    """The difference is named in words of the options that were given."""
    faces, build = made
    assert run("faceflow-gen", *words(faces, build)).code == 0
    options = ("--landmarks", "openface", "--landmarks-dir", faces.root / "away")
    ended = run("faceflow-gen", faces.images, faces.output, "--size", "source", *options)
    assert ended.code == 2
    assert "made with --landmarks 'openface', now it is 'openface files'" in ended.complaint()


def test_landmarks_command_accounts_for_every_frame(made: tuple[Faces, Build]) -> None:
    """Also for those that OpenFace hangs on, and those without a face."""
    faces, build = made
    build.misbehave(faces.image("004"), "hang")
    build.see(faces.image("001", sequence="T2"), [])
    build.save()
    options = ("--openface", build.root, "--openface-timeout", "1")
    ended = run("faceflow", "landmarks", faces.images, faces.output, *options)
    assert ended.code == 1
    with (faces.output / "landmarks.csv").open(newline="") as file:
        reasons = {(row["sequence"], row["frame"]): row["reason"] for row in csv.DictReader(file)}
    assert len(reasons) == 10
    assert reasons.pop(("T1", "004")) == "openface_timeout"
    assert reasons.pop(("T2", "001")) == "no_face"
    assert set(reasons.values()) == {""}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("misdeed", ["hang", "hang with child"])
def test_interrupted_run_takes_openface_with_it(
    made: tuple[Faces, Build], number: signal.Signals, misdeed: str
) -> None:
    """Exit code 130, no process and no folder left; the same command goes on."""
    faces, build = made
    build.misbehave(faces.image("003"), misdeed)
    build.save()
    process = start("faceflow-gen", *words(faces, build))
    while not build.starts():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    time.sleep(0.3)  # it has come to the frame it hangs at
    process.send_signal(number)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert err == "faceflow-gen: interrupted; the same command goes on\n"
    assert Run(faces, build).remains() == []
    build.told["at"].clear()
    build.save()
    assert run("faceflow-gen", *words(faces, build)).code == 0


def test_openface_without_models_ends_the_run_with_its_words(made: tuple[Faces, Build]) -> None:
    """Exit code 1, one line, after a few processes."""
    faces, build = made
    build.always(refuse="Could not find CEN patch experts")
    build.save()
    ended = run("faceflow-gen", *words(faces, build, "--workers", "1"))
    assert ended.code == 1
    assert "Could not find CEN patch experts" in ended.complaint()
