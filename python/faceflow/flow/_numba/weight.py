"""Flow with its weight (mirrors ``cpp/src/weight.cpp``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.compile import kernel


@kernel
def _weigh(flow, valid, elsewhere, out):
    for i in range(len(valid)):
        if valid[i]:
            out[3 * i] = flow[2 * i]
            out[3 * i + 1] = flow[2 * i + 1]
            out[3 * i + 2] = np.float32(1)
        else:
            out[3 * i] = np.float32(0)
            out[3 * i + 1] = np.float32(0)
            out[3 * i + 2] = elsewhere


def weigh_flow(
    flow: NDArray[np.float32],
    valid: NDArray[np.bool_],
    elsewhere: float,
    out: NDArray[np.float32],
) -> None:
    """Write (H, W, 3) float32: u, v, 1 where valid, else 0, 0, `elsewhere`."""
    _weigh(flow.reshape(-1), valid.reshape(-1), np.float32(elsewhere), out.reshape(-1))
