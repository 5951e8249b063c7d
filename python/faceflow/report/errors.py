"""Errors as a picture: dark where they are small, bright where they are large."""

from __future__ import annotations

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import AnyArray, Image

_FAINTEST = 40
"""Of the map's 256 colours, the one of no error: told from black, which is unknown."""
_STOPS = 9


def error_picture(error: AnyArray, full: float) -> Image:
    """Colour errors by OpenCV's map "inferno".

    Parameters
    ----------
    error
        (H, W) float, none of them negative; NaN where nothing is known, which is black.
    full
        The error of the brightest colour; larger ones have it too.

    Returns
    -------
    picture
        (H, W, 3) uint8 blue-green-red.

    Examples
    --------
    >>> import numpy as np
    >>> error_picture(np.array([[0.0, 2.0, 5.0, np.nan]]), 2.0)[0].tolist()
    [[91, 10, 47], [164, 255, 252], [164, 255, 252], [0, 0, 0]]
    """
    known = ~np.isnan(error)
    share = np.clip(np.where(known, error, 0.0) / full, 0.0, 1.0)
    picture = _colours(share)
    picture[~known] = 0
    return picture


def error_ramp() -> str:
    """The colours from no error to full, as CSS takes them.

    Examples
    --------
    >>> error_ramp()[:33]
    'linear-gradient(90deg, #2f0a5b, #'
    """
    stops = _colours(np.linspace(0.0, 1.0, _STOPS)[None])[0]
    return f"linear-gradient(90deg, {', '.join(f'#{r:02x}{g:02x}{b:02x}' for b, g, r in stops)})"


def ramp_image(width: int, height: int) -> Image:
    """The colours from no error, left, to full, (height, width, 3) uint8 blue-green-red."""
    return np.ascontiguousarray(np.repeat(_colours(np.linspace(0.0, 1.0, width)[None]), height, 0))


def _colours(share: AnyArray) -> Image:
    places = np.round(_FAINTEST + share * (255 - _FAINTEST)).astype(np.uint8)
    return cv2.applyColorMap(places, cv2.COLORMAP_INFERNO).astype(np.uint8, copy=False)
