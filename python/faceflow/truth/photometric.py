"""How well a flow explains two frames: the photometric error."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from faceflow.errors import ArrayError
from faceflow.flow.checks import check_flow, check_landmarks, check_size, check_valid, given
from faceflow.flow.warp import warp_part
from faceflow.flowio.field import finite_pixels
from faceflow.opencv import cv2
from faceflow.types import Flow, Image, Mask, Size

_FURTHEST = 2**20  # px; OpenCV draws with whole numbers that overflow much further out
_EDGE = 5  # px, the side of the box that the hull is eroded with


def face_region(landmarks: ArrayLike, size: Size) -> Mask:
    """The pixels over which a face's photometric error is taken.

    The convex hull of the landmarks, each rounded to whole pixels, eroded once with a box of 5x5
    pixels: at the hull's edge the background, which moves otherwise, shows through.

    Parameters
    ----------
    landmarks
        (N, 2) float64 of the first frame, pixels.
    size
        (H, W) of the frame.

    Returns
    -------
    region
        (H, W) bool.

    Raises
    ------
    ArrayError
        What is not such landmarks, or no size.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[1.0, 1.0], [10.0, 1.0], [10.0, 10.0], [1.0, 10.0]])
    >>> int(face_region(square, (12, 12)).sum())
    36
    """
    H, W = check_size(size)
    points = check_landmarks("landmarks", landmarks)
    corners = np.clip(np.round(points), -_FURTHEST, _FURTHEST).astype(np.int32)
    region = np.zeros((H, W), np.uint8)
    cv2.fillConvexPoly(region, cv2.convexHull(corners), (1,))
    return cv2.erode(region, np.ones((_EDGE, _EDGE), np.uint8)).astype(np.bool_)


def photometric_error(first: Image, second: Image, flow: Flow, region: Mask) -> float:
    """Mean difference between the first frame and the second pulled back by the flow.

    The second frame is sampled at p + flow(p) as `faceflow.warp` does it (`cv2.remap`, bicubic, the
    border repeated); the absolute difference from the first is averaged over blue, green and red
    of the region's pixels. Pixels whose flow is not known do not count.

    Errors can be compared where the frames are of one size: a smaller picture of the same face has
    another error.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8.
    flow
        (H, W, 2) float32, pixels.
    region
        (H, W) bool, as `face_region` gives it.

    Returns
    -------
    error
        Grey levels, of 0 to 255; NaN where no pixel counts.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, or sizes that differ.

    Examples
    --------
    >>> import numpy as np
    >>> first = np.zeros((4, 6, 3), np.uint8)
    >>> flow, region = np.zeros((4, 6, 2), np.float32), np.ones((4, 6), bool)
    >>> photometric_error(first, first + np.uint8(3), flow, region)
    3.0
    """
    difference, counted = photometric_difference(first, second, flow, region)
    return float(difference[counted].mean(dtype=np.float64)) if counted.any() else float("nan")


def photometric_difference(
    first: Image, second: Image, flow: Flow, region: Mask
) -> tuple[Image, Mask]:
    """What is left of the difference of two frames, pixel by pixel.

    Parameters
    ----------
    first, second, flow, region
        As for `photometric_error`, which is its mean.

    Returns
    -------
    difference
        (H, W, 3) uint8, grey levels; 0 where a pixel does not count.
    counted
        (H, W) bool: the region, where flow is known.

    Raises
    ------
    ArrayError
        As for `photometric_error`.
    """
    H, W = _check_size(first, second, flow)
    check_valid(region, (H, W))
    rows, columns = _bounds(region)
    field = flow[rows, columns]
    difference, counted = np.zeros((H, W, 3), np.uint8), np.zeros((H, W), np.bool_)
    counted[rows, columns] = region[rows, columns] & finite_pixels(field)
    if counted.any():
        pulled = warp_part(second, field, (rows.start, columns.start))
        left = cv2.absdiff(first[rows, columns], pulled)
        cv2.copyTo(left, counted[rows, columns].astype(np.uint8), difference[rows, columns])
    return difference, counted


def _check_size(first: Image, second: Image, flow: Flow) -> Size:
    H, W = check_flow("flow", flow).shape[:2]
    for name, frame in (("first", first), ("second", second)):
        if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8:
            found = given(frame) if isinstance(frame, np.ndarray) else type(frame).__name__
            raise ArrayError(f"{name} is {found}, (H, W, 3) uint8 is taken")
        if frame.shape != (H, W, 3):
            raise ArrayError(f"{name} is {given(frame)}, flow {given(flow)}; one size is taken")
    return H, W


def _bounds(region: Mask) -> tuple[slice, slice]:
    """The rows and columns that hold the region."""
    spans = []
    for axis in (1, 0):
        inside = np.flatnonzero(region.any(axis=axis))
        spans.append(slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0, 0))
    return spans[0], spans[1]
