"""The statistics of a pair's flow that its record holds."""

from __future__ import annotations

from faceflow.flow.motion import measure_motion
from faceflow.types import Flow, Mask


def flow_statistics(flow: Flow, valid: Mask) -> tuple[int, float, float]:
    """How many pixels have flow, and the mean and the largest length of its vectors, px.

    Examples
    --------
    >>> import numpy as np
    >>> flow = np.array([[[3, 4], [0, 1], [7, 7]]], np.float32)
    >>> flow_statistics(flow, np.array([[True, True, False]]))
    (2, 3.0, 5.0)
    """
    motion = measure_motion(flow, valid)
    return motion.pixels, round(motion.mean, 4), round(motion.longest, 4)
