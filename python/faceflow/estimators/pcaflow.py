"""PCA-Flow: flow as a sum of few learned ones."""

from __future__ import annotations

from faceflow.estimators.contrib import created
from faceflow.estimators.grey import estimate_on_grey
from faceflow.types import Flow, Image


def estimate(first: Image, second: Image) -> Flow:
    """Flow as the smooth sum of basis flows that fits matched corners best.

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
        This OpenCV has no PCA-Flow.

    Notes
    -----
    Wulff and Black, "Efficient Sparse-to-Dense Optical Flow Estimation using a Learned Basis and
    Layers" (CVPR 2015), in OpenCV's `createOptFlow_PCAFlow` (of the ``contrib`` packages): 18x14
    cosines, no prior.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    >>> estimate(frame, frame).shape
    (48, 64, 2)
    """
    search = created("pcaflow", "createOptFlow_PCAFlow")
    return estimate_on_grey("pcaflow", first, second, lambda a, b: search.calc(a, b, None))
