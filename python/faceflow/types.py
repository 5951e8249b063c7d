"""Names for the arrays that cross the package's borders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Landmarks: TypeAlias = NDArray[np.float64]
"""(N, 2) float64: x right, y down, pixels, centre of the top-left pixel at (0, 0)."""

Triangles: TypeAlias = NDArray[np.int32]
"""(M, 3) int32: landmark indices of each triangle."""

Flow: TypeAlias = NDArray[np.float32]
"""(H, W, 2) float32: (u, v) = (dx, dy) in pixels on the first frame's grid."""

Mask: TypeAlias = NDArray[np.bool_]
"""(H, W) bool: True where the flow is ground truth."""

Image: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, blue-green-red as OpenCV keeps it unless said otherwise."""

AnyArray: TypeAlias = NDArray[Any]

Estimator: TypeAlias = Callable[[Image, Image], Flow]
"""Takes two frames of one size, red-green-blue, and gives the flow from the first to the second."""

Size: TypeAlias = tuple[int, int]
"""(H, W) in pixels."""

MOST_PIXELS = 2**28
"""That an image may have, or a frame of a video."""
