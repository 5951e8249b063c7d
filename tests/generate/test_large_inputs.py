"""Many frames: what a run keeps of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command import environment
from faces import Faces, texture, write_image, write_points
from fresh_python import peak_memory

MOST_BYTES = 300
"""That memory may grow by for each frame."""

CORNERS = np.array([[1.0, 1.0], [14.0, 1.0], [7.0, 10.0]])


def tiny_faces(root: Path, subjects: int, frames: int) -> Faces:
    """Frames of 12x16 px, all alike, each a file of its own."""
    faces = Faces(root)
    for subject in (f"S{number:05}" for number in range(subjects)):
        (faces.images / subject / "T1").mkdir(parents=True)
        (faces.landmarks / subject / "T1").mkdir(parents=True)
        for number in range(frames):
            image = faces.images / subject / "T1" / f"{number:06}.png"
            text = faces.text(f"{number:06}", subject)
            if number == 0:
                write_image(image, texture((12, 16)))
                write_points(text, CORNERS)
            else:
                image.hardlink_to(image.with_name("000000.png"))
                text.hardlink_to(text.with_name("000000_landmarks.txt"))
    return faces


def peak(faces: Faces) -> int:
    """The most memory of a run that ends well, in bytes."""
    words = [str(faces.images), str(faces.output), "--size", "source", "--refine", "none"]
    code = f"""
from faceflow.cli.main import main_gen
try:
    main_gen({words!r})
except SystemExit as end:
    assert end.code == 0, end.code
"""
    return peak_memory(code, PYTHONPATH=environment()["PYTHONPATH"])


@pytest.mark.parametrize(("few", "many"), [((1, 8000), (1, 23_000)), ((80, 100), (230, 100))])
def test_memory_grows_little_with_frames(
    tmp_path: Path, few: tuple[int, int], many: tuple[int, int]
) -> None:
    """A long sequence, and many subjects: made, and looked at again when all is finished."""
    less, more = tiny_faces(tmp_path / "few", *few), tiny_faces(tmp_path / "many", *many)
    for _ in ("made", "finished"):
        assert peak(more) - peak(less) < MOST_BYTES * 15_000
