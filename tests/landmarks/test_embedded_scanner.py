"""Looking around a face's last place, against dlib looking everywhere."""

from __future__ import annotations

import dlib
import numpy as np
import pytest
from embedded_sequences import PHOTOGRAPH, portrait

from faceflow.landmarks.embedded.model import Model, load_model
from faceflow.landmarks.embedded.pyramid import Patch, level_patch, level_sizes, level_step
from faceflow.landmarks.embedded.scanner import Scanner
from faceflow.opencv import cv2


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.mark.parametrize("zoom", [1.0, 1.3, 1.9, 2.6, 3.3])
def test_the_search_sees_the_window_that_dlib_sees(model: Model, zoom: float) -> None:
    """At any size of the face, from a box a little off; or its neighbour, if both score alike."""
    image = portrait(4, zoom, (480, 500))
    detector, rgb = dlib.get_frontal_face_detector(), cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    (box, *_), (score, *_), _ = detector.run(rgb, 0, 0.0)
    off = round(box.width() / 20)
    seen = Scanner(model).follow(image, dlib.translate_rect(box, dlib.point(off, -off)))
    assert seen is not None
    assert abs(seen.score - score) < 0.2  # colours differ by a few levels, by OpenCV's version too
    apart = seen.box.left() - box.left(), seen.box.top() - box.top()
    assert max(map(abs, apart)) <= box.width() / 8


def test_a_face_that_jumped_is_in_doubt(model: Model) -> None:
    """By more than a fifth of its size: a better window may lie outside of what was looked at."""
    image = portrait(0, 1.5)
    (face,) = Scanner(model).find(image)
    off = round(face.box.width() / 4)
    assert Scanner(model).follow(image, dlib.translate_rect(face.box, dlib.point(off, 0))) is None


def test_a_detector_stored_in_another_way_gives_the_same(model: Model) -> None:
    """One that cannot be cut down to a level looks at more, and the rest is left out."""
    other = model.detector_state.replace(bytes.fromhex("02e803 0140"), bytes.fromhex("02e703 0140"))
    assert other != model.detector_state
    for image in (portrait(0), portrait(3, 2.2)):
        (face,) = Scanner(model).find(image)
        slower = Scanner(model._replace(detector_state=other)).follow(image, face.box)
        assert slower == Scanner(model).follow(image, face.box)
        assert slower is not None


@pytest.mark.parametrize("level", [0, 1, 3, 5, 8])
def test_levels_lie_where_dlib_has_them(level: int) -> None:
    """Within 0.03 px, by what explains the difference; dlib's are darker, as it rounds down."""
    image = cv2.GaussianBlur(PHOTOGRAPH, (0, 0), 5)
    expected = image
    for _ in range(level):
        expected = dlib.pyramid_down(6)(expected)
    H, W = level_sizes((512, 512))[level]
    assert expected.shape == (H, W, 3)
    inner = slice(6, H - 6), slice(W // 4, W - 6)
    part = level_patch(image, level, Patch(W // 4, 6, W - 6, H - 6)).mean(axis=2)
    grey = expected.mean(axis=2)
    down, across = (gradient[inner].ravel() for gradient in np.gradient(grey))
    causes = np.stack([across, down, np.ones_like(down)], axis=1)
    (x, y, lighter), *_ = np.linalg.lstsq(causes, (part - grey[inner]).ravel(), rcond=None)
    assert max(abs(x), abs(y)) < 0.03
    assert 0 <= lighter < 0.5 * level + 0.1


def test_a_level_reaches_from_the_first_pixel_to_the_last() -> None:
    """As dlib samples: corner pixels on corner pixels."""
    step_x, step_y = level_step((512, 400), 3)
    H, W = level_sizes((512, 400))[3]
    assert ((W - 1) * step_x, (H - 1) * step_y) == (399, 511)
