"""What a flow leaves to move: both kernels, and what the features mean."""

from __future__ import annotations

import numpy as np
import pytest
from faces import texture
from hypothesis import given
from hypothesis import strategies as st

from faceflow import _core
from faceflow.errors import ArrayError
from faceflow.flow import _numba
from faceflow.flow.local_motion import ANSWERS, CHANNELS, FrameScale, frame_scales, local_motion

SIZE = (64, 96)
INSIDE = slice(8, -8), slice(8, -8)


def all_kernels_write(kernel: object, frames: np.ndarray, flow: np.ndarray) -> list[bytes]:
    """Everything that a kernel makes of two frames and a flow."""
    H, W = frames.shape[1:3]
    grey, first, second = (np.full((H, W), 99, np.float32) for _ in range(3))
    half = np.empty((H // 2, W // 2), np.float32)
    features = np.empty((CHANNELS, H // 2, W // 2), np.float32)
    for frame, band in zip(frames[::-1], (second, first), strict=True):
        kernel.grey_levels(frame, grey)
        kernel.band_pass(grey, band)
    kernel.halve(grey, half)
    kernel.local_motion(grey, first, second, flow, features)
    return [array.tobytes() for array in (grey, first, second, half, features)]


@given(
    st.integers(1, 20), st.integers(1, 20), st.integers(0, 2**32), st.sampled_from([0.1, 3, 500])
)
def test_kernels_give_the_same_bits(h: int, w: int, seed: int, reach: float) -> None:
    """Frames of any even size, and flow that leads anywhere."""
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (2, 2 * h, 2 * w, 3)).astype(np.uint8)
    flow = rng.normal(0, reach, (2 * h, 2 * w, 2)).astype(np.float32)
    assert all_kernels_write(_core, frames, flow) == all_kernels_write(_numba, frames, flow)


def waves(u: float, v: float, brighter: float) -> np.ndarray:
    """A smooth picture (H, W, 3) uint8 that has moved by (u, v) and grown brighter."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    x, y = x - u, y - v
    grey = 120 + 50 * np.sin(x / 2.1 + 0.3 * y) + 50 * np.cos(y / 2.7 - 0.2 * x) + brighter
    return np.repeat(np.rint(grey)[..., None], 3, axis=2).astype(np.uint8)


def scales_of(u: float, v: float, brighter: float = 0.0) -> tuple[FrameScale, FrameScale]:
    """A picture, and the same moved by (u, v) and made brighter."""
    return frame_scales(waves(0, 0, 0))[0], frame_scales(waves(u, v, brighter))[0]


@pytest.mark.parametrize(("u", "v"), [(0.5, 0.0), (0.0, -0.4), (-0.3, 0.3)])
@pytest.mark.parametrize("brighter", [0.0, 12.0])
def test_answers_are_the_motion_that_is_left(u: float, v: float, brighter: float) -> None:
    """Each window finds (u, v) beyond a known flow, also where the frames differ in brightness."""
    known = np.full((*SIZE, 2), (1.0, -1.0), np.float32)
    features = local_motion(*scales_of(u + 1, v - 1, brighter), known)
    for answer in ANSWERS:
        middle = np.median(features[answer][:, INSIDE[0], INSIDE[1]], axis=(1, 2))
        np.testing.assert_allclose(middle, (u, v), atol=0.08)


def test_nothing_is_left_of_the_true_flow() -> None:
    """Answers vanish where frame 2 is pulled back rightly."""
    features = local_motion(*scales_of(2, 1), np.full((*SIZE, 2), (2, 1), np.float32))
    for answer in ANSWERS:
        assert np.abs(features[answer][:, INSIDE[0], INSIDE[1]]).mean() < 0.02


def test_channels_are_as_documented() -> None:
    """Grey levels by 2x2 blocks and the flow stand where the network expects them."""
    frame = texture(SIZE, 5)
    scale = frame_scales(frame)[0]
    flow = np.full((*SIZE, 2), (3, -50), np.float32)
    features = local_motion(scale, scale, flow)
    assert features.shape == (CHANNELS, SIZE[0] // 2, SIZE[1] // 2)
    np.testing.assert_array_equal(features[1], scale.grey[::2, 1::2] / 64 - 2)
    np.testing.assert_array_equal(features[2], scale.grey[1::2, ::2] / 64 - 2)
    assert (features[8] == 0.75).all()
    assert (features[9] == -8).all()  # cut off


def test_flow_out_of_the_frame_leaves_no_difference() -> None:
    """Nothing is known there, and nothing is made up."""
    first, second = scales_of(1, 0)
    features = local_motion(first, second, np.full((*SIZE, 2), 1e6, np.float32))
    assert not features[4:8].any()
    assert not any(features[answer].any() for answer in ANSWERS)


def test_half_size_is_the_mean_of_blocks() -> None:
    """The second scale is the first one averaged."""
    whole, half = frame_scales(texture(SIZE, 1))
    means = whole.grey.reshape(SIZE[0] // 2, 2, SIZE[1] // 2, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(half.grey, means, rtol=1e-6)


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((30, 32, 3), np.uint8),
        np.zeros((32, 32), np.uint8),
        np.zeros((32, 32, 3), np.float32),
        np.zeros((0, 32, 3), np.uint8),
    ],
)
def test_frames_that_cannot_be_halved_are_refused(frame: np.ndarray) -> None:
    """The message says what is wanted and what was given."""
    with pytest.raises(ArrayError, match=r"multiples of 4, got \("):
        frame_scales(frame)


def test_flow_that_does_not_fit_is_refused() -> None:
    """Another size, or values that are not finite."""
    first, second = scales_of(0, 0)
    with pytest.raises(ArrayError, match="must have one size"):
        local_motion(first, second, np.zeros((32, 32, 2), np.float32))
    with pytest.raises(ArrayError, match="must be finite"):
        local_motion(first, second, np.full((*SIZE, 2), np.nan, np.float32))


def test_kernel_checks_what_it_is_given() -> None:
    """Odd sides and other shapes never reach the pointers."""
    plane, odd = np.zeros((4, 4), np.float32), np.zeros((3, 4), np.float32)
    flow, features = np.zeros((4, 4, 2), np.float32), np.zeros((CHANNELS, 2, 2), np.float32)
    with pytest.raises(ValueError, match="even sides"):
        _core.band_pass(odd, odd)
    with pytest.raises(ValueError, match="half: the kernel takes shape"):
        _core.halve(plane, plane)
    with pytest.raises(ValueError, match="features: the kernel takes shape"):
        _core.local_motion(plane, plane, plane, flow, features[:5])
    with pytest.raises(ValueError, match="flow: the kernel takes shape"):
        _core.local_motion(plane, plane, plane, flow[:2], features)
