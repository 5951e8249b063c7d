"""Landmarks are found once, for what is in an image, and not for its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colour_detector import ColourDetector, landmarks_of
from faces import Faces, make_faces, texture, write_image
from generation import Quiet

from faceflow.errors import FrameError
from faceflow.execute.local import LocalExecutor
from faceflow.images import read_image
from faceflow.landmarks.detect import detect
from faceflow.landmarks.face import Found
from faceflow.sequences import scan


def look(faces: Faces, detector: ColourDetector, workers: int = 1) -> dict[str, Found]:
    """What is found, by subject/sequence/stem."""
    folders = scan(faces.images)
    faces.output.mkdir(exist_ok=True)
    path = faces.output / "landmarks.sqlite"
    read = detect(folders, detector, path, LocalExecutor(workers), Quiet())
    return {
        f"{folder.name}/{stem}": found
        for folder in folders
        for stem, found in zip(
            folder.stems, read(folder).read(range(len(folder.images))), strict=True
        )
    }


def paint(path: Path, colour: int, seed: int = 0) -> None:
    """Give the image a first pixel that says what is in it."""
    image = texture((64, 48), seed)
    image[0, 0] = colour
    write_image(path, image)


@pytest.mark.parametrize("workers", [1, 3])
def test_every_frame_gets_its_own_landmarks(tmp_path: Path, workers: int) -> None:
    """Of any sequence, for any number of workers."""
    faces = make_faces(tmp_path, ("F1", "F2"), ("T1", "T2"), frames=4)
    found = look(faces, ColourDetector(), workers)
    assert len(found) == 16
    for name, faces_found in found.items():
        assert isinstance(faces_found, tuple)
        subject, sequence, stem = name.split("/")
        image = read_image(faces.image(stem, subject, sequence))
        assert np.array_equal(faces_found[0].landmarks, landmarks_of(image))


def test_second_run_looks_at_nothing(tmp_path: Path) -> None:
    """Also for frames without a face."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"))
    paint(faces.image("002"), 0)
    first = look(faces, ColourDetector())
    again = ColourDetector()
    second = look(faces, again)
    assert again.seen == []
    assert second["F001/T1/002"] == () == first["F001/T1/002"]
    assert repr(first) == repr(second)


def test_only_what_changed_is_looked_at(tmp_path: Path) -> None:
    """Another picture under an old name never has the old one's landmarks."""
    faces = make_faces(tmp_path)
    look(faces, ColourDetector())
    paint(faces.image("002"), 77)
    again = ColourDetector()
    found = look(faces, again)["F001/T1/002"]
    assert again.seen == ["F001/T1/002.png"]
    assert isinstance(found, tuple)
    assert np.array_equal(found[0].landmarks, landmarks_of(read_image(faces.image("002"))))


def test_renamed_frames_are_known(tmp_path: Path) -> None:
    """They are kept by their content."""
    faces = make_faces(tmp_path)
    look(faces, ColourDetector())
    (faces.images / "F001").rename(faces.images / "F007")
    again = ColourDetector()
    assert len(look(faces, again)) == 3
    assert again.seen == []


def test_other_settings_look_anew(tmp_path: Path) -> None:
    """And both stay known."""
    faces = make_faces(tmp_path)
    look(faces, ColourDetector("one"))
    other, one = ColourDetector("other"), ColourDetector("one")
    look(faces, other)
    look(faces, one)
    assert (len(other.seen), len(one.seen)) == (3, 0)


def test_failures_are_told_and_tried_again(tmp_path: Path) -> None:
    """They are not kept."""
    faces = make_faces(tmp_path)
    paint(faces.image("003"), 255)
    for _ in range(2):
        detector = ColourDetector()
        found = look(faces, detector)["F001/T1/003"]
        assert isinstance(found, FrameError)
        assert found.reason == "openface_crash"
        assert "F001/T1/003.png" in detector.seen


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """The others are looked at."""
    faces = make_faces(tmp_path)
    path = faces.image("002")
    path.unlink()
    path.symlink_to("nowhere")
    found = look(faces, ColourDetector())
    error = found.pop("F001/T1/002")
    assert isinstance(error, FrameError)
    assert str(error) == (
        "unreadable_image: F001/T1/002.png cannot be read: No such file or directory"
    )
    assert all(isinstance(faces_found, tuple) for faces_found in found.values())
