"""The photograph: Eileen Collins, NASA, in the public domain, as scikit-image carries it."""

from __future__ import annotations

from importlib import resources

import numpy as np

from faceflow.errors import ConfigError
from faceflow.types import Image, Landmarks

_LEFT, _TOP, _WIDTH, _HEIGHT = 151, 28, 150, 200


def load_astronaut() -> tuple[Image, Landmarks]:
    """The face cut out of the photograph, and its landmarks.

    Returns
    -------
    photograph
        (200, 150, 3) uint8 blue-green-red.
    landmarks
        (68, 2) float64, pixels, iBUG order, set by hand.

    Raises
    ------
    ConfigError
        scikit-image is not installed.
    """
    try:
        from skimage.data import astronaut
    except ImportError as error:
        raise ConfigError("the demo needs scikit-image: pip install 'faceflow[demo]'") from error
    photograph: Image = astronaut()  # type: ignore[no-untyped-call]
    crop = photograph[_TOP : _TOP + _HEIGHT, _LEFT : _LEFT + _WIDTH, ::-1]
    with resources.files(__package__).joinpath("astronaut_landmarks.txt").open() as file:
        landmarks = np.loadtxt(file) - (_LEFT, _TOP)
    return np.ascontiguousarray(crop), landmarks
