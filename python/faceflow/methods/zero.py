"""No motion: what any estimator has to be better than."""

from __future__ import annotations

import numpy as np

from faceflow.methods.grey import check_frames
from faceflow.types import Flow, Image


def estimate(first: Image, second: Image) -> Flow:
    """No motion anywhere.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8, of one size.

    Returns
    -------
    flow
        (H, W, 2) float32, all 0.

    Raises
    ------
    ArrayError
        What is not two such frames.

    Examples
    --------
    >>> import numpy as np
    >>> float(estimate(np.zeros((4, 6, 3), np.uint8), np.ones((4, 6, 3), np.uint8)).max())
    0.0
    """
    check_frames(first, second)
    return np.zeros((*first.shape[:2], 2), np.float32)
