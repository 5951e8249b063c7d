"""Where a frame's pixels lie in what the network sees."""

from __future__ import annotations

import numpy as np

from faceflow.images import resize_image
from faceflow.learn.data.crop import Box
from faceflow.types import AnyArray, Image, Landmarks, Size


class View:
    """An affine map from a frame's pixels to the network's, and the frame's picture through it.

    Parameters
    ----------
    box
        What part of the frame is seen.
    size
        (H, W) of what the network sees.
    """

    def __init__(self, box: Box, size: Size) -> None:
        self.box, self.size = box, size
        (H, W), (h, w) = size, box.size
        self.matrix: AnyArray = np.array(
            [
                [W / w, 0, (0.5 - box.left) * W / w - 0.5],
                [0, H / h, (0.5 - box.top) * H / h - 0.5],
            ]
        )
        """(2, 3) float64: of the frame's (x, y, 1)."""

    def points(self, landmarks: Landmarks) -> Landmarks:
        """Where landmarks (N, 2) of the frame lie."""
        moved: Landmarks = landmarks @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved

    def picture(self, frame: Image) -> Image:
        """The frame as the network sees it, (H, W, 3): by area where it shrinks."""
        box = self.box
        return resize_image(frame[box.top : box.bottom, box.left : box.right], self.size)
