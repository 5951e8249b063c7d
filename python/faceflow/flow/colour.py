"""Flow as a picture."""

from __future__ import annotations

import math

import numpy as np

from faceflow.errors import ArrayError
from faceflow.flow.backend import kernels
from faceflow.flow.checks import check_flow, output
from faceflow.types import Flow, Image

# The kernels divide by it in single precision.
_SHORTEST, _LONGEST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)


def flow_to_image(flow: Flow, max_flow: float | None = None, *, out: Image | None = None) -> Image:
    """Colour flow by the Middlebury wheel: hue is direction, saturation is length.

    Pictures compare only under one `max_flow`: by default each has its own.

    Parameters
    ----------
    flow
        (H, W, 2) float32, pixels. NaN, inf and values over 1e9 are unknown, and black.
    max_flow
        Length of full saturation, pixels; longer vectors are darkened. By default the longest
        vector of this field.
    out
        (H, W, 3) uint8 to write to.

    Returns
    -------
    image
        (H, W, 3) uint8 red-green-blue; white where nothing moves.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, or a `max_flow` that is not positive.

    Notes
    -----
    Baker et al., "A Database and Evaluation Methodology for Optical Flow" (IJCV 2011), section 4.

    Examples
    --------
    >>> import numpy as np
    >>> flow = np.zeros((1, 2, 2), np.float32)
    >>> flow[0, 1] = 3, 0
    >>> flow_to_image(flow)
    array([[[255, 255, 255],
            [255,   0,   0]]], dtype=uint8)
    """
    field = np.ascontiguousarray(check_flow("flow", flow))
    if max_flow is None:
        max_flow = kernels().max_magnitude(field)
    elif not (math.isfinite(max_flow) and max_flow > 0):
        raise ArrayError(f"max_flow is {max_flow}, a positive number of pixels is taken")
    image = output("out", out, (*field.shape[:2], 3), np.uint8)
    kernels().colour_flow(field, min(max(max_flow, _SHORTEST), _LONGEST), image)
    return image
