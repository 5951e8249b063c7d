"""Differences between frames that are no motion: light, noise, sharpness, compression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import Image

_GAIN, _OFFSET = 0.1, 10.0  # to either side; grey levels
_BLUR = 1.0  # px, standard deviation, at most
_NOISE = 4.0  # grey levels, standard deviation, at most
_QUALITY = (40, 95)


def vary(image: Image, words: Sequence[str], seed: Sequence[int]) -> Image:
    """Change a frame as another shot of the same would be.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    words
        Of ``blur`` (Gaussian, up to 1 px), ``brightness`` (gain up to 10 %, offset up to 10 grey
        levels), ``noise`` (Gaussian, up to 4 grey levels) and ``jpeg`` (quality 40 to 95). They
        are applied in this order.
    seed
        The same gives the same image.

    Returns
    -------
    image
        (H, W, 3) uint8.

    Examples
    --------
    >>> image = np.full((8, 8, 3), 100, np.uint8)
    >>> bool((vary(image, ["brightness"], [1]) == vary(image, ["brightness"], [1])).all())
    True
    >>> vary(image, [], [1]) is image
    True
    """
    if not words:
        return image
    rng = np.random.default_rng(seed)
    # All are drawn, so that one of them is the same with and without the others.
    blur, gain, offset, noise = rng.uniform((0, -1, -1, 0), (1, 1, 1, 1)).tolist()
    quality = int(rng.integers(*_QUALITY, endpoint=True))
    if "blur" in words:
        image = cv2.GaussianBlur(image, (0, 0), max(_BLUR * blur, 0.05)).astype(
            np.uint8, copy=False
        )
    if "brightness" in words:
        image = _as_grey(image * np.float32(1 + _GAIN * gain) + np.float32(_OFFSET * offset))
    if "noise" in words:
        grain = rng.standard_normal(image.shape, np.float32)
        image = _as_grey(image + np.float32(_NOISE * noise) * grain)
    if "jpeg" in words:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)).astype(np.uint8, copy=False)
    return image


def _as_grey(values: np.ndarray) -> Image:
    grey: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return grey
