"""Where a frame's pixels lie in what the network sees."""

from __future__ import annotations

import numpy as np

from faceflow.images import resize_image, swap_colours
from faceflow.landmarks.box import Box
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Image, Landmarks, Mask, Size

_LEAST = 0.75
"""Below this scale a frame is made smaller by area first: sampled between four pixels, what is
finer than the new grid would alias."""

_AROUND = 2
"""px beside what is seen that interpolation may look at."""


class View:
    """An affine map from a frame's pixels to the network's, and the frame's picture through it.

    Parameters
    ----------
    box
        What part of the frame is seen.
    size
        (H, W) of what the network sees.
    motion
        (3, 3) affine map of the frame's pixels, before the crop; None where they stay.
    """

    def __init__(self, box: Box, size: Size, motion: AnyArray | None = None) -> None:
        self.box, self.size, self._moved = box, size, motion is not None
        (H, W), (h, w) = size, box.size
        self.matrix: AnyArray = np.array(
            [
                [W / w, 0, (0.5 - box.left) * W / w - 0.5],
                [0, H / h, (0.5 - box.top) * H / h - 0.5],
            ]
        )
        """(2, 3) float64: of the frame's (x, y, 1)."""
        if motion is not None:
            self.matrix = self.matrix @ motion
            self._back = np.linalg.inv(_extended(self.matrix))
            corners = [[x, y, 1] for x in (-0.5, W - 0.5) for y in (-0.5, H - 0.5)]
            self._corners: AnyArray = (np.array(corners) @ self._back.T)[:, :2]  # in the frame

    def points(self, landmarks: Landmarks) -> Landmarks:
        """Where landmarks (N, 2) of the frame lie."""
        of_x, of_y, shift = self.matrix.T
        # Not a product of matrices, which is summed otherwise on another machine.
        moved: Landmarks = landmarks[:, :1] * of_x + landmarks[:, 1:] * of_y + shift
        return moved

    def draw(self, frame: Image, out: Image) -> None:
        """Draw the frame as the network sees it; beyond its border that is repeated.

        Parameters
        ----------
        frame
            (h, w, 3) uint8 blue-green-red.
        out
            (H, W, 3) uint8 to write to, red-green-blue.
        """
        if not self._moved:
            resize_image(swap_colours(_part(frame, self.box)), self.size, out)
            return
        region = self._region((frame.shape[0], frame.shape[1]))
        part, matrix = swap_colours(_part(frame, region)), _extended(self.matrix)
        matrix = matrix @ np.array([[1, 0, region.left], [0, 1, region.top], [0, 0, 1.0]])
        small = self._shrunk(region.size)
        if small != region.size:
            part = resize_image(part, small)
            x, y = region.size[1] / small[1], region.size[0] / small[0]
            matrix = matrix @ np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
        H, W = self.size
        border = cv2.BORDER_REPLICATE
        cv2.warpAffine(part, matrix[:2], (W, H), out, flags=cv2.INTER_LINEAR, borderMode=border)

    def beyond(self, frame: Size, grid: Size) -> Mask | None:
        """Which pixels of a grid (h, w) over what is seen lie beyond the frame; None where none."""
        (H, W), (h, w) = self.size, grid
        if not self._moved or self._covers(frame):
            return None
        x = (np.arange(w) + 0.5) * (W / w) - 0.5
        y = ((np.arange(h) + 0.5) * (H / h) - 0.5)[:, None]
        outside = np.zeros(grid, np.bool_)
        for row, side in zip(self._back[:2], frame[::-1], strict=True):
            place = row[0] * x + row[1] * y + row[2]
            outside |= (place < -0.5) | (place > side - 0.5)
        return outside

    def _covers(self, frame: Size) -> bool:
        low, high = self._corners.min(axis=0), self._corners.max(axis=0)
        return bool((low >= -0.5).all() and (high <= np.array(frame[::-1]) - 0.5).all())

    def _region(self, frame: Size) -> Box:
        """What of the frame is looked at: a pixel of it at least."""
        last = np.array(frame[::-1]) - 1
        low = np.clip(np.floor(self._corners.min(axis=0)) - _AROUND, 0, last).astype(int)
        high = np.clip(np.ceil(self._corners.max(axis=0)) + _AROUND, 0, last).astype(int)
        return Box(int(low[1]), int(low[0]), int(high[1]) + 1, int(high[0]) + 1)

    def _shrunk(self, size: Size) -> Size:
        """To what size a part of the frame is made smaller before it is sampled."""
        across, down = np.hypot(*self.matrix[:, :2])
        if min(across, down) >= _LEAST:
            return size
        h, w = size[0] * min(down, 1), size[1] * min(across, 1)
        return max(round(h), 1), max(round(w), 1)


def _part(frame: Image, box: Box) -> Image:
    return frame[box.part]


def _extended(matrix: AnyArray) -> AnyArray:
    return np.vstack([matrix, [0.0, 0.0, 1.0]])
