"""Images moved along flow."""

from __future__ import annotations

import numpy as np

from faceflow.errors import ArrayError
from faceflow.flow.checks import check_flow, given
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Flow

_LONGEST_SIDE = 32766  # what cv2.remap can address
_DTYPES = (np.uint8, np.uint16, np.int16, np.float32)
_MOST_CHANNELS = 4
_REACH = 3  # px


def warp(image: AnyArray, flow: Flow, *, fill: float = 0) -> AnyArray:
    """Sample an image at p + flow(p): frame 2 pulled back onto frame 1.

    Bicubic; beyond the image its border is repeated. For 8-bit images positions are taken to
    1/32 px, as `cv2.remap` has them.

    Parameters
    ----------
    image
        (H, W) or (H, W, C) with C up to 4, uint8, uint16, int16 or float32.
    flow
        (H, W, 2) float32, pixels.
    fill
        Value of the pixels whose flow is NaN.

    Returns
    -------
    warped
        As `image`.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, sizes that differ, or a side over 32766 px.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(12, dtype=np.float32).reshape(2, 6)
    >>> flow = np.zeros((2, 6, 2), np.float32)
    >>> flow[..., 0] = 2
    >>> warp(image, flow)[0]
    array([2., 3., 4., 5., 5., 5.], dtype=float32)
    """
    field = check_flow("flow", flow)
    if not isinstance(image, np.ndarray) or not _is_taken(image):
        found = given(image) if isinstance(image, np.ndarray) else type(image).__name__
        raise ArrayError(
            f"image is {found}, (H, W) or (H, W, 1 to 4) uint8, int16, uint16, float32 is taken"
        )
    if image.shape[:2] != field.shape[:2]:
        raise ArrayError(f"image is {given(image)}, flow {given(field)}; one size is taken")
    if max(image.shape[:2]) > _LONGEST_SIDE:
        raise ArrayError(f"image is {given(image)}, sides up to {_LONGEST_SIDE} are taken")
    warped = warp_part(image, field)
    warped[np.isnan(field).any(axis=-1)] = fill
    return warped


def warp_part(image: AnyArray, flow: Flow, corner: tuple[int, int] = (0, 0)) -> AnyArray:
    """Pull an image back onto a part of the first frame, as `warp` does onto all of it.

    Parameters
    ----------
    image
        (H, W) or (H, W, C): the second frame, all of it.
    flow
        (H', W', 2) float32 of the part, pixels.
    corner
        Row and column of the first frame at which the part begins.

    Returns
    -------
    warped
        (H', W') or (H', W', C) of the image's dtype; anything where the flow is NaN.
    """
    H, W = flow.shape[:2]
    x = flow[..., 0] + np.arange(corner[1], corner[1] + W, dtype=np.float32)
    y = flow[..., 1] + np.arange(corner[0], corner[0] + H, dtype=np.float32)[:, None]
    # Past the filter's reach all is border; OpenCV 4 takes a very large number for a small one.
    x = np.clip(x, -_REACH, image.shape[1] - 1 + _REACH)
    y = np.clip(y, -_REACH, image.shape[0] - 1 + _REACH)
    return remap(image, x, y)


def _is_taken(image: AnyArray) -> bool:
    channels = image.shape[2] if image.ndim == 3 else 1
    return image.ndim in (2, 3) and 1 <= channels <= _MOST_CHANNELS and image.dtype in _DTYPES


def remap(image: AnyArray, x: AnyArray, y: AnyArray) -> AnyArray:
    """Sample an image bicubically at (x, y), its border repeated.

    Parameters
    ----------
    image
        (H, W) or (H, W, C).
    x, y
        (H', W') float32, pixels of `image`.

    Returns
    -------
    sampled
        (H', W') or (H', W', C) of the image's dtype.
    """
    sampled = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled).reshape(x.shape + image.shape[2:])
