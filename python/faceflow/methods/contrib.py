"""Estimators that not every OpenCV has."""

from __future__ import annotations

from typing import Any

from faceflow.errors import ConfigError
from faceflow.opencv import cv2


def created(name: str, factory: str) -> Any:
    """What a factory of `cv2.optflow` makes.

    One for each call: it keeps what it works in, and cannot be shared by threads.

    Raises
    ------
    ConfigError
        This OpenCV has no such factory.
    """
    make = getattr(getattr(cv2, "optflow", None), factory, None)
    if make is None:
        raise ConfigError(
            f"{name} is not in this OpenCV ({cv2.__version__}); opencv-contrib-python-headless "
            "has had it"
        )
    return make()
