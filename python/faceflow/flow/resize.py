"""Flow of another size."""

from __future__ import annotations

import numpy as np

from faceflow.flow.checks import check_flow, check_size
from faceflow.opencv import cv2
from faceflow.types import Flow, Mask, Size

_LEAST = 0.5
"""Of what a pixel is made of, the share that has to be known."""


def resize_flow(flow: Flow, size: Size) -> Flow:
    """A field on another grid, its vectors scaled with it.

    Bilinear, on pixels' centres: the same place as a landmark's that is scaled with the image.

    Parameters
    ----------
    flow
        (H, W, 2) float32, pixels; NaN where it is not known.
    size
        (H', W') wanted.

    Returns
    -------
    resized
        (H', W', 2) float32, in pixels of the new grid: a mean of what is known round a place, NaN
        where less than half is.

    Raises
    ------
    ArrayError
        No field, or no size.

    Examples
    --------
    >>> import numpy as np
    >>> resize_flow(np.ones((4, 6, 2), np.float32), (8, 3))[0, 0].tolist()
    [0.5, 2.0]
    """
    field, (H, W) = check_flow("flow", flow), check_size(size)
    if field.shape[:2] == (H, W):
        return field
    scale = np.array([W / field.shape[1], H / field.shape[0]], np.float32)
    known: Mask = np.isfinite(field[..., 0]) & np.isfinite(field[..., 1])
    if known.all():
        return np.asarray(_resized(field, (H, W)) * scale, np.float32)
    share = _resized(known.astype(np.float32), (H, W))[..., None]
    values = field.copy()
    values[~known] = 0
    values = _resized(values, (H, W)) * scale
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(share >= _LEAST, values / share, np.float32(np.nan)).astype(np.float32)


def _resized(field: Flow, size: Size) -> Flow:
    return np.asarray(cv2.resize(field, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
