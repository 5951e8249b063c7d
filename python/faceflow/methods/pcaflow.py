"""PCA-Flow: flow as a sum of few learned ones."""

from __future__ import annotations

from faceflow.errors import ArrayError
from faceflow.flow.checks import given
from faceflow.methods.contrib import created
from faceflow.methods.grey import check_frames, estimate_on_grey
from faceflow.types import Flow, Image

_LEAST_SIDE = 64  # px; OpenCV 5.0 writes beyond its memory where a frame has 56 rows or fewer


def estimate(first: Image, second: Image) -> Flow:
    """Flow as the smooth sum of basis flows that fits matched corners best.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8 red-green-blue, of one size, with sides of 64 pixels at least.

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
    >>> frame = np.random.default_rng(0).integers(0, 256, (64, 80, 3)).astype(np.uint8)
    >>> estimate(frame, frame).shape
    (64, 80, 2)
    """
    check_frames(first, second)
    if min(first.shape[:2]) < _LEAST_SIDE:
        raise ArrayError(
            f"pcaflow takes no frames of {given(first)}: sides of {_LEAST_SIDE} at least are taken"
        )
    search = created("pcaflow", "createOptFlow_PCAFlow")
    return estimate_on_grey("pcaflow", first, second, lambda a, b: search.calc(a, b, None))
