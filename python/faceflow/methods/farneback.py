"""Farneback's flow, by polynomial expansion."""

from __future__ import annotations

from faceflow.methods.grey import estimate_on_grey
from faceflow.opencv import cv2
from faceflow.types import Flow, Image

_SETTINGS = {
    "pyr_scale": 0.5,
    "levels": 3,
    "winsize": 15,
    "iterations": 3,
    "poly_n": 5,
    "poly_sigma": 1.2,
    "flags": 0,
}
"""Those of OpenCV's example, which Alkaddour, Tariq and Dhall (2022) compare with too."""


def estimate(first: Image, second: Image) -> Flow:
    """Flow by polynomial expansion of each neighbourhood.

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
    Farneback, "Two-Frame Motion Estimation Based on Polynomial Expansion" (SCIA 2003), in OpenCV's
    `calcOpticalFlowFarneback`.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> estimate(frame, frame).shape
    (32, 40, 2)
    """
    return estimate_on_grey(
        "farneback",
        first,
        second,
        lambda a, b: cv2.calcOpticalFlowFarneback(a, b, None, **_SETTINGS),  # type: ignore[call-overload]
    )
