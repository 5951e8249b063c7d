"""Features for the flow network: frames at two scales, and the motion that a flow leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from faceflow.errors import ArrayError
from faceflow.flow.backend import kernels
from faceflow.flow.checks import MAX_SIDE, check_flow, given
from faceflow.types import AnyArray, Flow, Image

CHANNELS = 28
"""Number of features."""

ANSWERS = (slice(10, 12), slice(16, 18), slice(22, 24))
"""Channels of the displacement left, in windows of 1.5, 3 and 6 px."""


class FrameScale(NamedTuple):
    """A frame at one scale."""

    grey: AnyArray
    """(H, W) float32, 0 to 255."""
    band: AnyArray
    """(H, W) float32: grey levels without fine noise and slow changes of brightness."""


def frame_scales(frame: Image, scales: int = 2) -> Sequence[FrameScale]:
    """Prepare a frame at full size, half size and so on.

    Parameters
    ----------
    frame
        (H, W, 3) uint8 red-green-blue; both sides must be multiples of 2 to the power `scales`.
    scales
        Number of scales.

    Returns
    -------
    scales
        The full size first.

    Raises
    ------
    ArrayError
        The frame is no such array.

    Examples
    --------
    >>> [scale.grey.shape for scale in frame_scales(np.zeros((32, 64, 3), np.uint8))]
    [(32, 64), (16, 32)]
    """
    step = 2**scales
    if frame.dtype != np.uint8 or frame.shape[2:] != (3,) or not _fits(frame.shape[:2], step):
        raise ArrayError(
            f"frame must be (H, W, 3) uint8 with sides that are multiples of {step}, "
            f"got {given(frame)}"
        )
    grey: AnyArray = np.empty(frame.shape[:2], np.float32)
    kernels().grey_levels(np.ascontiguousarray(frame), grey)
    found = [_scale(grey)]
    for _ in range(scales - 1):
        half = np.empty((grey.shape[0] // 2, grey.shape[1] // 2), np.float32)
        kernels().halve(grey, half)
        grey = half
        found.append(_scale(grey))
    return found


def _fits(size: Sequence[int], step: int) -> bool:
    return all(0 < side <= MAX_SIDE and side % step == 0 for side in size)


def _scale(grey: AnyArray) -> FrameScale:
    band = np.empty_like(grey)
    kernels().band_pass(grey, band)
    return FrameScale(grey, band)


def local_motion(first: FrameScale, second: FrameScale, flow: Flow) -> AnyArray:
    """Find what is left to move once frame 2 is pulled back by a flow.

    The equations of Lucas and Kanade are solved round each pixel in Gaussian windows of 1.5, 3 and
    6 px. Both kernels give the same bits.

    Parameters
    ----------
    first, second
        The frames at one scale, from `frame_scales`.
    flow
        (H, W, 2) float32, pixels of that scale, finite.

    Returns
    -------
    features
        (28, H/2, W/2) float32. Channels 0 to 3 are grey levels of the first frame in 2x2 blocks,
        4 to 7 what the frames differ by, 8 and 9 the flow; then come six for each window: the
        displacement left (u, v) in pixels, within 2 px, and how well it is determined.

    Raises
    ------
    ArrayError
        The arrays differ in size, or the flow is not finite.

    Notes
    -----
    Lucas and Kanade, "An Iterative Image Registration Technique with an Application to Stereo
    Vision" (IJCAI 1981).

    Examples
    --------
    >>> scale = frame_scales(np.zeros((32, 32, 3), np.uint8))[0]
    >>> local_motion(scale, scale, np.zeros((32, 32, 2), np.float32)).shape
    (28, 16, 16)
    """
    flow = np.ascontiguousarray(check_flow("flow", flow))
    H, W = first.grey.shape
    if second.grey.shape != (H, W) or flow.shape[:2] != (H, W):
        raise ArrayError(
            f"frames and flow must have one size, got {first.grey.shape}, {second.grey.shape} "
            f"and {flow.shape[:2]}"
        )
    if not np.isfinite(flow).all():
        raise ArrayError("flow must be finite, got NaN or inf")
    features = np.empty((CHANNELS, H // 2, W // 2), np.float32)
    kernels().local_motion(first.grey, first.band, second.band, flow, features)
    return features
