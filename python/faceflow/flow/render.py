"""Frames rendered from one photograph, so that the flow between them is known."""

from __future__ import annotations

import numpy as np

from faceflow.flow.checks import check_size
from faceflow.flow.scales import scaled_landmarks
from faceflow.flow.synthesis import synthesize
from faceflow.flow.warp import remap
from faceflow.types import Flow, Image, Landmarks, Size, Triangles


def border_anchors(size: Size) -> Landmarks:
    """Points that hold the image's outline: its corners and the middles of its sides.

    Parameters
    ----------
    size
        (H, W) in pixels.

    Returns
    -------
    anchors
        (8, 2) float64, on the outer edge of the border pixels, so that scaling the image scales
        the anchors.

    Examples
    --------
    >>> border_anchors((4, 6))[[0, 7]]
    array([[-0.5, -0.5],
           [ 5.5,  3.5]])
    """
    H, W = size
    places = [(x, y) for y in (0.0, 0.5, 1.0) for x in (0.0, 0.5, 1.0) if (x, y) != (0.5, 0.5)]
    anchors: Landmarks = np.array(places) * (W, H) - 0.5
    return anchors


def scale_landmarks(landmarks: Landmarks, old: Size, new: Size) -> Landmarks:
    """Move landmarks as resizing the image from `old` to `new` (H, W) moves its points.

    Examples
    --------
    >>> import numpy as np
    >>> scale_landmarks(np.array([[0.0, 0.0]]), (10, 10), (20, 20))
    array([[0.5, 0.5]])
    """
    scaled: Landmarks = scaled_landmarks(landmarks, old, [new])[0]
    return scaled


class Renderer:
    """Renders the frames in which a photograph's landmarks have moved, in the same memory.

    The inverse of the motion is the same piecewise-affine flow with its ends exchanged: from where
    a point is now to where it was in the photograph. One bicubic resampling follows it.

    Parameters
    ----------
    photograph
        (h, w, 3) uint8; the first frame, at any resolution.
    first
        (N, 2) float64 landmarks of the photograph in pixels of the frame, with anchors (see
        `border_anchors`) where the whole frame is to be covered.
    size
        (H, W) of the frame.
    triangles
        (M, 3) int32 over the landmarks.
    """

    def __init__(
        self, photograph: Image, first: Landmarks, size: Size, triangles: Triangles
    ) -> None:
        self._first = first
        self._size = H, W = check_size(size)
        self._triangles = triangles
        self._photograph = photograph
        h, w = photograph.shape[:2]
        self._scale = np.array([w / W, h / H], np.float32)
        x, y = np.arange(W, dtype=np.float32), np.arange(H, dtype=np.float32)[:, None]
        pixels = np.stack(np.broadcast_arrays(x, y), axis=-1)
        self._unmoved = (pixels + np.float32(0.5)) * self._scale - np.float32(0.5)
        self._places: Flow = np.empty((H, W, 2), np.float32)
        self._frame: Image = np.empty((H, W, 3), np.uint8)

    def render(self, current: Landmarks) -> Image:
        """The frame with these landmarks, (H, W, 3) uint8; see `render`.

        The next call overwrites it.
        """
        places = self._places
        synthesize(current, self._first, self._size, self._triangles, fill=0.0, out=places)
        if (self._scale != 1).any():
            places *= self._scale
        places += self._unmoved
        return remap(self._photograph, places, self._frame)


def render(
    photograph: Image,
    first: Landmarks,
    current: Landmarks,
    size: Size,
    triangles: Triangles,
) -> Image:
    """Render the frame in which the photograph's landmarks have moved.

    Parameters
    ----------
    photograph, first, size, triangles
        As for `Renderer`.
    current
        (N, 2) float64 landmarks of the frame to render, in its pixels.

    Returns
    -------
    frame
        (H, W, 3) uint8. Pixels outside all triangles are the photograph's, resized.

    Raises
    ------
    ArrayError
        As for `synthesize`.

    Examples
    --------
    >>> import numpy as np
    >>> from faceflow import triangulate
    >>> photograph = np.full((8, 8, 3), 7, np.uint8)
    >>> anchors = border_anchors((4, 4))
    >>> render(photograph, anchors, anchors, (4, 4), triangulate(anchors)).shape
    (4, 4, 3)
    """
    return Renderer(photograph, first, size, triangles).render(current)
