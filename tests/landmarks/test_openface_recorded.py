"""OpenFace's CSV as the real programs wrote it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceflow.landmarks.openface_csv import (
    read_image_csv,
    read_sequence_csv,
)

SHARED = Path(__file__).parents[2].parent / "shared"
RECORDED = SHARED / "openface-csv"
FACES = SHARED / "faces"


def recorded(name: str) -> Path:
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded files of OpenFace in {RECORDED}")
    return RECORDED / name


@pytest.mark.parametrize(
    ("name", "confidences"),
    [
        ("v206_image_all_columns_comma_space.csv", [0.983]),
        ("v22_image_all_columns.csv", [0.983]),
        ("v22_image_three_faces_two_false.csv", [0.883, 0.183, 0.017]),
        ("v22_image_twelve_faces.csv", [0.983] * 12),
    ],
)
def test_recorded_images_are_read(name: str, confidences: list[float]) -> None:
    """What the real FaceLandmarkImg wrote: pixels, not the millimetres beside them."""
    faces = read_image_csv(recorded(name))
    assert [face.confidence for face in faces] == confidences
    for face in faces:
        assert face.landmarks.shape == (68, 2)
        assert (np.ptp(face.landmarks, axis=0) > 20).all()


def test_recorded_separators_make_no_difference() -> None:
    """The same output in the two styles."""
    (spaced,) = read_image_csv(recorded("v206_image_all_columns_comma_space.csv"))
    (plain,) = read_image_csv(recorded("v22_image_all_columns.csv"))
    np.testing.assert_array_equal(spaced.landmarks, plain.landmarks)


@pytest.mark.parametrize(
    ("name", "frames", "faces", "from_video"),
    [
        ("v1_sequence_all_columns_leading_spaces.csv", 100, 100, True),
        ("v22_sequence_all_columns.csv", 72, 72, True),
        ("v22_sequence_face_lost_midway.csv", 169, 169, True),
        ("v22_sequence_no_face_at_all.csv", 3, 0, False),
        ("v22_sequence_one_frame_without_face.csv", 5, 5, False),
    ],
)
def test_recorded_sequences_are_read(name: str, frames: int, faces: int, from_video: bool) -> None:
    """What the real FeatureExtraction wrote; without a face it writes low confidence or zeros."""
    rows = read_sequence_csv(recorded(name), frames)
    assert (rows.last_frame, rows.from_video) == (frames, from_video)
    assert sum(map(len, rows.found)) == faces
    assert all(face.landmarks.shape == (68, 2) for found in rows.found for face in found)


def test_recorded_faces_are_those_of_the_landmark_files() -> None:
    """All 260 images, each with one face, exactly."""
    if not FACES.is_dir():
        pytest.skip(f"no real faces in {FACES}")
    files = sorted(FACES.glob("OpenFace/*/*/image/*.csv"))
    assert len(files) == 260
    for path in files:
        (face,) = read_image_csv(path)
        subject, sequence = path.parts[-4:-2]
        text = FACES / "Landmarks" / subject / sequence / f"{path.stem}_landmarks.txt"
        np.testing.assert_array_equal(face.landmarks, np.loadtxt(text))


def test_recorded_tracks_have_a_face_in_each_frame() -> None:
    """FeatureExtraction's files of the six sequences, made from folders of images."""
    if not FACES.is_dir():
        pytest.skip(f"no real faces in {FACES}")
    files = sorted(FACES.glob("OpenFace/*/*/sequence/*.csv"))
    assert len(files) == 6
    for path in files:
        frames = len(list((FACES / "Subjects" / path.parts[-4] / path.parts[-3]).iterdir()))
        rows = read_sequence_csv(path, frames)
        assert (rows.last_frame, rows.from_video) == (frames, False)
        assert all(len(found) == 1 for found in rows.found)
