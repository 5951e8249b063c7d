"""Real faces, where they lie beside the checkout: the embedded detector beside OpenFace."""

from __future__ import annotations

from pathlib import Path

import dlib
import numpy as np
import pytest
from embedded_sequences import dlib_predictor, find
from faces import Faces

from faceflow.images import read_image
from faceflow.landmarks.choose import MIN_CONFIDENCE
from faceflow.landmarks.detector import Frame, Wanted
from faceflow.landmarks.embedded import embedded_detector
from faceflow.landmarks.embedded.detector import confidence
from faceflow.landmarks.face import Face
from faceflow.opencv import cv2
from faceflow.sequences import SequenceFolder, scan

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")
OUTER_EYE_CORNERS = 36, 45


@pytest.fixture(scope="module")
def found() -> list[tuple[SequenceFolder, list[Face]]]:
    """Each sequence, and the face of each of its frames."""
    if not REAL.images.is_dir():
        pytest.skip(f"no real faces in {REAL.images}")
    detector = embedded_detector()
    sequences = []
    for folder in scan(REAL.images):
        frames = tuple(Frame(folder.folder / name, name.encode()) for name in folder.images)
        every = find(detector, Wanted(folder, frames, frozenset(range(len(frames)))))
        sequences.append((folder, [face for (face,) in every]))
    return sequences


def test_every_real_frame_has_its_face(found: list[tuple[SequenceFolder, list[Face]]]) -> None:
    """All 260, one face each, as far over the threshold as `confidence` says."""
    confidences = [face.confidence for _, sequence in found for face in sequence]
    assert len(confidences) == 260
    assert min(confidences) == confidence(0.868) > MIN_CONFIDENCE + 0.2


def test_landmarks_are_near_those_of_openface(
    found: list[tuple[SequenceFolder, list[Face]]],
) -> None:
    """Under 5 % of the distance between the outer eye corners, in the mean of each sequence."""
    for folder, faces in found:
        errors = []
        for stem, face in zip(folder.stems, faces, strict=True):
            recorded = REAL.points(stem, folder.subject, folder.sequence)
            left, right = recorded[[*OUTER_EYE_CORNERS]]
            distance = np.linalg.norm(face.landmarks - recorded, axis=1).mean()
            errors.append(distance / np.linalg.norm(right - left))
        assert np.mean(errors) < 0.05, folder.name


def test_landmarks_are_those_of_the_detector_at_full_size(
    found: list[tuple[SequenceFolder, list[Face]]],
) -> None:
    """Within 1 px in the mean of every fourth frame, most but for its rounding."""
    whole, predictor = dlib.get_frontal_face_detector(), dlib_predictor()
    distances = []
    for folder, faces in found:
        for name, face in list(zip(folder.images, faces, strict=True))[::4]:
            rgb = cv2.cvtColor(read_image(folder.folder / name), cv2.COLOR_BGR2RGB)
            points = [(p.x, p.y) for p in predictor(rgb, whole(rgb)[0]).parts()]
            distances.append(np.linalg.norm(face.landmarks - points, axis=1).mean())
    assert np.mean(distances) < 1
    assert np.median(distances) < 0.5
