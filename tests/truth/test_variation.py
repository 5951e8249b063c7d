"""Frames that differ as shots do, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from faces import texture

from faceflow.truth.render_options import VARIATIONS
from faceflow.truth.variation import vary


@pytest.mark.parametrize("word", VARIATIONS)
def test_each_changes_the_frame_a_little(word: str) -> None:
    """Other seeds make other frames, by some grey levels; the frame given stays as it was."""
    image = texture((64, 48), 5)
    before = image.copy()
    frames = [vary(image, [word], (7, number)) for number in range(20)]
    differences = [np.abs(frame.astype(int) - image).mean() for frame in frames]
    assert 0 < max(differences) < 30
    assert len({frame.tobytes() for frame in frames}) > 10
    assert all(frame.shape == image.shape and frame.dtype == np.uint8 for frame in frames)
    np.testing.assert_array_equal(image, before)


def test_one_is_the_same_with_and_without_the_others() -> None:
    """Taking up noise does not change the light."""
    flat = np.full((64, 48, 3), 100, np.uint8)
    light = vary(flat, ["brightness"], (1, 2)).mean()
    assert vary(flat, ["brightness", "noise"], (1, 2)).mean() == pytest.approx(light, abs=0.6)


def test_bright_and_dark_stay_in_range() -> None:
    """White does not turn black by overflow."""
    for value in (0, 255):
        image = np.full((16, 16, 3), value, np.uint8)
        frames = [vary(image, ["brightness", "noise"], (seed,)) for seed in range(20)]
        assert all(np.abs(frame.astype(int) - value).max() < 70 for frame in frames)
