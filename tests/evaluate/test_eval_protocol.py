"""What methods look at, and what they are scored on."""

from __future__ import annotations

import numpy as np
import pytest

from faceflow.dataset.reader import Names, Sample
from faceflow.errors import ArrayError
from faceflow.evaluate.protocol import PAPER_SIZE, make_view

SIZE = (200, 300)


def sample(points: np.ndarray | None = None) -> Sample:
    """A frame whose face moves by (3, -2), known within its landmarks' box."""
    landmarks = np.array([[100.0, 50.0], [180.0, 50.0], [140.0, 150.0]])
    landmarks = landmarks if points is None else points
    flow = np.full((*SIZE, 2), np.nan, np.float32)
    flow[50:151, 100:181] = (3, -2)
    valid = np.isfinite(flow[..., 0])
    frames = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3)).astype(np.uint8)
    both = np.stack([landmarks, np.add(landmarks, (3, -2))])
    return Sample(frames, flow, valid, both, Names("S", "Q", "1", "2"))


def test_source_is_the_dataset_as_it_is() -> None:
    """Nothing is cut, resized or filled."""
    whole = sample()
    view = make_view("source", whole)
    assert view.seen is view.scored is whole
    assert view.cut(whole.flow) is view.brought(whole.flow) is whole.flow


def test_paper_looks_at_the_box_of_the_landmarks_and_ten_pixels() -> None:
    """In the frame's own pixels, both frames cut alike."""
    whole = sample()
    seen = make_view("paper", whole).seen
    assert seen.frames.shape == (2, 121, 101, 3)
    np.testing.assert_array_equal(seen.frames, whole.frames[:, 40:161, 90:191])
    np.testing.assert_array_equal(seen.landmarks, whole.landmarks - (90, 40))
    np.testing.assert_array_equal(seen.flow[0, 0], (0, 0))
    np.testing.assert_array_equal(seen.flow[60, 50], (3, -2))


def test_paper_scores_all_fields_in_one_scale() -> None:
    """Pixels of 192x256, truth and prediction alike; all pixels count."""
    view = make_view("paper", sample())
    scored = view.scored
    assert scored.flow.shape == (*PAPER_SIZE, 2)
    assert scored.valid.all()
    scale = np.array([256 / 101, 192 / 121])
    np.testing.assert_allclose(scored.flow[96, 128], (3, -2) * scale, rtol=1e-5)
    seen = np.full((121, 101, 2), (3, -2), np.float32)
    np.testing.assert_allclose(view.brought(seen)[96, 128], (3, -2) * scale, rtol=1e-5)
    place = scored.landmarks[1] - scored.landmarks[0]
    np.testing.assert_allclose(place, np.broadcast_to((3, -2) * scale, place.shape))


def test_paper_has_no_motion_where_there_is_no_truth() -> None:
    """As published: there a method is to find none."""
    scored = make_view("paper", sample()).scored
    assert not scored.flow[:10].any()
    assert np.isfinite(scored.flow).all()


@pytest.mark.parametrize(("shift", "shape"), [((-95, 0), (121, 96)), ((0, 100), (60, 101))])
def test_a_box_ends_where_the_frame_does(shift: tuple[int, int], shape: tuple[int, int]) -> None:
    """Without wrapping round, as negative slices do."""
    seen = make_view("paper", sample(sample().landmarks[0] + shift)).seen
    assert seen.frames.shape[1:3] == shape


def test_a_face_outside_the_frame_is_told() -> None:
    """In one line, and not as an empty picture."""
    with pytest.raises(ArrayError, match="no landmark is within 10 px"):
        make_view("paper", sample(sample().landmarks[0] + 900))
