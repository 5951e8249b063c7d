"""The statistics of a pair's flow that its record holds."""

from __future__ import annotations

import numpy as np

from faceflow.types import Flow, Mask


def flow_statistics(flow: Flow, valid: Mask) -> tuple[int, float, float]:
    """How many pixels have flow, and the mean and the largest length of its vectors, px.

    Examples
    --------
    >>> flow = np.array([[[3, 4], [0, 1], [7, 7]]], np.float32)
    >>> flow_statistics(flow, np.array([[True, True, False]]))
    (2, 3.0, 5.0)
    """
    vectors = flow.reshape(-1, 2).take(np.flatnonzero(valid), axis=0)
    if len(vectors) == 0:
        return 0, 0.0, 0.0
    u, v = vectors.T.astype(np.float64)
    length = np.sqrt(u * u + v * v)
    return len(vectors), round(float(length.mean()), 4), round(float(length.max()), 4)
