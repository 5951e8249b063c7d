"""DeepFlow, without its matches."""

from __future__ import annotations

from faceflow.methods.contrib import created
from faceflow.methods.grey import estimate_on_grey
from faceflow.types import Flow, Image


def estimate(first: Image, second: Image) -> Flow:
    """Variational flow through a pyramid, with DeepFlow's weights.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8 red-green-blue, of one size.

    Returns
    -------
    flow
        (H, W, 2) float32, pixels.

    Raises
    ------
    ArrayError
        What is not two such frames.
    ConfigError
        This OpenCV has no DeepFlow.

    Notes
    -----
    Weinzaepfel, Revaud, Harchaoui and Schmid, "DeepFlow: Large Displacement Optical Flow with Deep
    Matching" (ICCV 2013), in OpenCV's `createOptFlow_DeepFlow` (of the ``contrib`` packages), which
    has the variational part and no deep matching.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> estimate(frame, frame).shape
    (32, 40, 2)
    """
    search = created("deepflow", "createOptFlow_DeepFlow")
    return estimate_on_grey("deepflow", first, second, lambda a, b: search.calc(a, b, None))
