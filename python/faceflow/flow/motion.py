"""How much a flow field moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from faceflow.flow.backend import kernels
from faceflow.flow.checks import check_flow, check_valid
from faceflow.types import Flow, Mask


class Motion(NamedTuple):
    """What a field's valid pixels have in all."""

    pixels: int
    """How many there are."""

    mean: float
    """Of their vectors' lengths, px; 0 where there is none."""

    longest: float
    """px; 0 where there is none."""


def measure_motion(flow: Flow, valid: Mask) -> Motion:
    """Sum up the vectors of a field at its valid pixels.

    Both kernels give the same bits.

    Parameters
    ----------
    flow
        (H, W, 2) float32, pixels; finite where valid, anything elsewhere.
    valid
        (H, W) bool.

    Raises
    ------
    ArrayError
        A wrong shape or dtype.

    Examples
    --------
    >>> import numpy as np
    >>> flow = np.full((1, 3, 2), np.nan, np.float32)
    >>> flow[0, :2] = [[3, 4], [0, 1]]
    >>> measure_motion(flow, np.array([[True, True, False]]))
    Motion(pixels=2, mean=3.0, longest=5.0)
    """
    field = np.ascontiguousarray(check_flow("flow", flow))
    mask = np.ascontiguousarray(check_valid(valid, flow.shape[:2]))
    pixels, total, longest = kernels().measure_motion(field, mask)
    return Motion(pixels, total / max(pixels, 1), longest)
