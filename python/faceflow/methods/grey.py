"""What the estimators of OpenCV are given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from faceflow.errors import ArrayError
from faceflow.flow.checks import given
from faceflow.opencv import cv2, one_thread
from faceflow.types import AnyArray, Flow, Image


def check_frames(first: Image, second: Image) -> None:
    """Refuse what is not two frames of one size.

    Raises
    ------
    ArrayError
        One is not (H, W, 3) uint8, or they differ in size.
    """
    for name, frame in (("first", first), ("second", second)):
        if not isinstance(frame, np.ndarray):
            raise ArrayError(f"{name} is a {type(frame).__name__}, (H, W, 3) uint8 is taken")
        if frame.dtype != np.uint8 or frame.shape[2:] != (3,) or not frame.size:
            raise ArrayError(f"{name} is {given(frame)}, (H, W, 3) uint8 is taken")
    if first.shape != second.shape:
        raise ArrayError(f"first is {given(first)}, second {given(second)}; one size is taken")


def estimate_on_grey(
    name: str, first: Image, second: Image, calc: Callable[[AnyArray, AnyArray], AnyArray]
) -> Flow:
    """Have `calc` look at the frames in grey, on one core.

    Both frames are made grey the same way and stretched neither: an estimator relies on a point's
    brightness being the same in both. DIS shares out an image among as many stripes as there are
    threads, so its result depends on their number.

    Raises
    ------
    ArrayError
        As `check_frames`, or OpenCV takes no frames of that size.
    """
    check_frames(first, second)
    with one_thread():
        try:
            flow = calc(*(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in (first, second)))
        except cv2.error as error:
            raise ArrayError(f"{name} takes no frames of {given(first)}: {error.err}") from error
    return np.ascontiguousarray(flow, np.float32)
