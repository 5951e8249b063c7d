"""The model of landmarks as we run it, against dlib's own predictor."""

from __future__ import annotations

from functools import cache

import dlib
import numpy as np
import pytest
from embedded_sequences import dlib_predictor, portrait

from faceflow.landmarks.embedded.model import load_model
from faceflow.opencv import cv2
from faceflow.types import Image


@cache
def portraits() -> list[tuple[Image, dlib.rectangle]]:
    """Frames of a moving portrait, and the face in each; to look for them takes a second."""
    images = [portrait(time, zoom=1.5) for time in range(8)]
    find = dlib.get_frontal_face_detector()
    return [(image, find(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))[0]) for image in images]


@pytest.mark.parametrize("cut", [0, 60, 110])
def test_landmarks_are_those_of_dlib_before_it_rounds_them(cut: int) -> None:
    """On every frame and at every point, with the face partly outside of the image too."""
    model, predictor = load_model(), dlib_predictor()
    for image, box in portraits():
        rest, moved = np.ascontiguousarray(image[:, cut:]), dlib.point(-cut, 0)
        landmarks = model.landmarks(rest, dlib.translate_rect(box, moved))
        expected = predictor(rest, dlib.translate_rect(box, moved)).parts()
        rounded = np.floor(landmarks + 0.5)
        np.testing.assert_array_equal(rounded, [(point.x, point.y) for point in expected])
        assert (landmarks != rounded).any()
