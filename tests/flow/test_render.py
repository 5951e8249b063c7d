"""faceflow.flow.render: frames whose flow is known."""

from __future__ import annotations

import numpy as np
import pytest
from landmark_sets import Points

import faceflow as ff
from faceflow.errors import ArrayError
from faceflow.flow.render import border_anchors, render, scale_landmarks
from faceflow.opencv import cv2

pytestmark = pytest.mark.usefixtures("backend")

H, W = 60, 80


def photograph(height: int, width: int) -> np.ndarray:
    """A smooth picture, so that sampling it twice loses little."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    channels = [np.sin(5 * x + c) * np.cos(4 * y - c) * 100 + 128 for c in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def frames() -> tuple[Points, Points]:
    """Landmarks with anchors, and where they moved; the anchors stay."""
    rng = np.random.default_rng(20)
    inner = np.array([[25.0, 20], [55, 22], [40, 30], [30, 42], [52, 41]])
    anchors = border_anchors((H, W))
    moved = inner + rng.normal(size=inner.shape) * 2
    return np.vstack([inner, anchors]), np.vstack([moved, anchors])


def test_no_motion_gives_the_photograph() -> None:
    """Landmarks that stay give the photograph itself, at its own size."""
    picture = photograph(H, W)
    first, _ = frames()
    np.testing.assert_array_equal(
        render(picture, first, first, (H, W), ff.triangulate(first)), picture
    )


def test_flow_leads_back() -> None:
    """Warping the rendered frame by the flow from first to current gives the photograph."""
    picture = photograph(H, W)
    first, current = frames()
    triangles = ff.triangulate(first)
    assert not ff.flipped_triangles(first, current, triangles).any()
    frame = render(picture, first, current, (H, W), triangles)
    flow, valid = ff.synthesize(first, current, (H, W), triangles, return_valid=True)
    assert valid.all()
    difference = np.abs(ff.warp(frame, flow).astype(int) - picture)
    assert difference.mean() < 0.7
    assert np.abs(frame.astype(int) - picture).mean() > 3 * difference.mean()


def test_photograph_of_another_size() -> None:
    """A larger photograph is reduced to the frame, its outline held, within a grey level or two."""
    first, _ = frames()
    triangles = ff.triangulate(first)
    frame = render(photograph(3 * H, 2 * W), first, first, (H, W), triangles)
    assert frame.shape == (H, W, 3)
    resized = cv2.resize(photograph(3 * H, 2 * W), (W, H), interpolation=cv2.INTER_LINEAR)
    assert np.abs(frame.astype(int) - resized).max() <= 2


def test_outside_triangles_is_the_photograph() -> None:
    """Pixels outside all triangles show the photograph where it was."""
    picture = photograph(H, W)
    first = np.array([[20.0, 10], [60, 12], [40, 50]])
    triangles = ff.triangulate(first)
    current = first + np.array([5, 0])
    frame = render(picture, first, current, (H, W), triangles)
    _, valid = ff.synthesize(current, first, (H, W), triangles, return_valid=True)
    np.testing.assert_array_equal(frame[~valid], picture[~valid])
    # Inside, all has moved by 5 px.
    y, x = np.nonzero(valid)
    np.testing.assert_array_equal(frame[y, x], picture[y, x - 5])


def test_anchors_cover_every_pixel() -> None:
    """With anchors the triangles hold every pixel centre, for any size."""
    for size in ((1, 1), (1, 9), (7, 4), (50, 64)):
        anchors = border_anchors(size)
        assert anchors.shape == (8, 2)
        _, valid = ff.synthesize(anchors, anchors, size, ff.triangulate(anchors), return_valid=True)
        assert valid.all()


def test_scaling_moves_anchors_with_the_image() -> None:
    """Anchors of a size, scaled to another, are the anchors of the other."""
    scaled = scale_landmarks(border_anchors((10, 14)), (10, 14), (35, 21))
    np.testing.assert_allclose(scaled, border_anchors((35, 21)), atol=1e-12)


def test_scaling_follows_the_convention() -> None:
    """(x, y) goes to ((x + 0.5) sx - 0.5, (y + 0.5) sy - 0.5), and back."""
    points = np.random.default_rng(21).random((68, 2)) * 100
    scaled = scale_landmarks(points, (100, 50), (30, 200))
    expected = np.column_stack([(points[:, 0] + 0.5) * 4 - 0.5, (points[:, 1] + 0.5) * 0.3 - 0.5])
    np.testing.assert_allclose(scaled, expected)
    np.testing.assert_allclose(scale_landmarks(scaled, (30, 200), (100, 50)), points)


def test_refused() -> None:
    """Landmarks, sizes and triangles are refused as `synthesize` refuses them."""
    first, current = frames()
    triangles = ff.triangulate(first)
    picture = photograph(H, W)
    with pytest.raises(ArrayError, match=r"is not finite"):
        render(picture, first, current * np.nan, (H, W), triangles)
    with pytest.raises(ArrayError, match=r"landmarks, dst"):
        render(picture, first[:-1], current, (H, W), triangles)
    with pytest.raises(ArrayError, match=r"size is \(0, 80\)"):
        render(picture, first, current, (0, W), triangles)
