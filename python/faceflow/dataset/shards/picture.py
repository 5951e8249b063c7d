"""Decoding encoded pictures that lie in memory."""

from __future__ import annotations

import numpy as np

from faceflow import opencv
from faceflow.errors import DatasetError
from faceflow.image_checks import impossible_size, missing_end
from faceflow.opencv import cv2
from faceflow.types import Image


def decode_picture(data: bytes, name: str) -> Image:
    """The picture (H, W, 3) uint8, blue-green-red.

    Raises
    ------
    DatasetError
        It is cut short, or no picture; `name` is what the message calls it.
    """
    problem = missing_end(data) or impossible_size(data)
    image = None if problem else _decode(data)
    if image is None:
        why = problem or f"OpenCV finds no image in its {len(data)} bytes"
        raise DatasetError(f"{name} cannot be read: {why}")
    return image


def _decode(data: bytes) -> Image | None:
    opencv.quiet()
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return None if image is None else image.astype(np.uint8, copy=False)
