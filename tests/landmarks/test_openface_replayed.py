"""The real programs' recorded output, replayed: exactly the landmarks they gave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import Faces
from landmarks.openface_build import Build, Run

from faceflow.sequences import scan

SHARED = Path(__file__).parents[2].parent / "shared" / "faces"
FRAMES = 260


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Faces, Build]:
    """The real faces, and a build that says of each what OpenFace did."""
    if not SHARED.is_dir():
        pytest.skip(f"no real faces in {SHARED}")
    root = tmp_path / "faces"
    root.mkdir()
    for name in ("Subjects", "Landmarks"):
        (root / name).symlink_to(SHARED / name)
    faces, build = Faces(root), Build(tmp_path / "OpenFace")
    for folder in scan(faces.images):
        said = SHARED / "OpenFace" / folder.subject / folder.sequence
        _, *tracks = (said / "sequence" / f"{folder.sequence}.csv").read_text().splitlines()
        for image, stem, track in zip(folder.images, folder.stems, tracks, strict=True):
            _, *rows = (said / "image" / f"{stem}.csv").read_text().splitlines()
            faces_found = [row.split(",", 1)[1] for row in rows]
            build.answer(folder.folder / image, faces_found, track.split(",", 3)[3])
    return faces, build


def test_image_mode_gives_the_landmarks_that_were_recorded(recorded: tuple[Faces, Build]) -> None:
    """All 260 frames, to the last digit, as the text files beside the images have them."""
    faces, build = recorded
    found = Run(faces, build).find()
    assert len(found) == FRAMES
    for image, (face, *_) in found.items():
        subject, sequence = image.parts[-3:-1]
        assert np.array_equal(face.landmarks, faces.points(image.stem, subject, sequence))
    assert len(build.starts()) <= 3


def test_sequence_mode_gives_the_rows_that_were_recorded(recorded: tuple[Faces, Build]) -> None:
    """One process for each sequence, one row for each frame."""
    faces, build = recorded
    found = Run(faces, build, "sequence").find()
    assert len(found) == FRAMES
    for folder in scan(faces.images):
        said = SHARED / "OpenFace" / folder.subject / folder.sequence / "sequence"
        table = np.loadtxt(said / f"{folder.sequence}.csv", delimiter=",", skiprows=1)
        for image, row in zip(folder.images, table, strict=True):
            (face,) = found[folder.folder / image]
            assert np.array_equal(face.landmarks, row[5:].reshape(2, 68).T)
            assert face.confidence == row[3]
    assert len(build.starts()) == 6
