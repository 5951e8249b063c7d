"""TV-L1, the slow one."""

from __future__ import annotations

from faceflow.methods.grey import estimate_on_grey
from faceflow.opencv import cv2
from faceflow.types import Flow, Image


def estimate(first: Image, second: Image) -> Flow:
    """Flow of least total variation, with OpenCV's defaults.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8 red-green-blue, of one size.

    Returns
    -------
    flow
        (H, W, 2) float32, pixels.

    Raises
    ------
    ArrayError
        What is not two such frames.

    Notes
    -----
    Zach, Pock, Bischof, "A Duality Based Approach for Realtime TV-L1 Optical Flow" (DAGM 2007), in
    OpenCV's `DualTVL1OpticalFlow` (of the ``contrib`` packages): tau 0.25, lambda 0.15, theta 0.3,
    5 scales, 5 warps, 30 x 10 iterations.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> estimate(frame, frame).shape
    (32, 40, 2)
    """
    search = cv2.optflow.DualTVL1OpticalFlow.create()
    return estimate_on_grey("tvl1", first, second, lambda a, b: search.calc(a, b, None))  # type: ignore[call-overload]
