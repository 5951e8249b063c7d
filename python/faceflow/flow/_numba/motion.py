"""How much a flow field moves; mirrors ``cpp/src/motion.cpp``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.compile import kernel

_LANES = 8


@kernel
def _measure(flow, valid):
    sums = np.zeros(_LANES)
    longest = np.zeros(_LANES, np.float32)
    pixels = 0
    for i in range(len(valid)):
        if valid[i]:
            u = flow[2 * i]
            v = flow[2 * i + 1]
            length = np.sqrt(u * u + v * v)
            lane = i % _LANES
            sums[lane] += np.float64(length)
            longest[lane] = length if length > longest[lane] else longest[lane]
            pixels += 1
    total = 0.0
    for lane in range(_LANES):
        total += sums[lane]
    return pixels, total, np.float64(longest.max())


def measure_motion(flow: NDArray[np.float32], valid: NDArray[np.bool_]) -> tuple[int, float, float]:
    """Valid pixels of (H, W, 2) float32, the sum of their vectors' lengths, the longest, px."""
    return _measure(flow.reshape(-1), valid.reshape(-1))
