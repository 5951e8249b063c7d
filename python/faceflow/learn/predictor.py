"""Flow predicted by a network, for frames of any size."""

from __future__ import annotations

import threading

import keras
import numpy as np

from faceflow.errors import ArrayError
from faceflow.flow.checks import check_landmarks, given
from faceflow.images import resize_image
from faceflow.landmarks.box import Box, crop_box
from faceflow.learn.data.options import MARGIN
from faceflow.learn.networks.flownet import FlowNetS
from faceflow.learn.networks.names import INPUTS, PREDICTIONS
from faceflow.methods.grey import check_frames
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Flow, Image, Size

_LEAST_SIDE = 4
_PUBLISHED_GRID: Size = (192, 256)  # of the predictions that the published weights were taught


class FlowModel:
    """A network that takes frames of any size and gives flow in their pixels.

    Threads may share one: they take turns at the network, which has all cores to itself.

    Parameters
    ----------
    network
        Trained.

    Examples
    --------
    >>> from faceflow.learn import flownet_s
    >>> frame = np.zeros((80, 100, 3), np.uint8)
    >>> FlowModel(flownet_s(64, 64, width_multiplier=0.05))(frame, frame).shape
    (80, 100, 2)
    """

    def __init__(self, network: FlowNetS) -> None:
        self._size = network.height, network.width
        self._vectors = network.vectors
        # Without the outputs that training alone looks at, which would be computed as well.
        self._finest = keras.Model(network.input, network.output[PREDICTIONS[0]])
        self._turn = threading.Lock()

    def __call__(self, first: Image, second: Image, landmarks: AnyArray | None = None) -> Flow:
        """The flow from the first frame to the second.

        Parameters
        ----------
        first, second
            (H, W, 3) uint8 red-green-blue of one size, sides of at least 4 px.
        landmarks
            (N, 2) float64, pixels of the first frame; or (2, N, 2), of both. What the network sees
            is then their box and 10 px around it, as in training; there is no flow elsewhere.

        Returns
        -------
        flow
            (H, W, 2) float32, pixels; 0 outside of the landmarks' box.

        Raises
        ------
        ArrayError
            What is not two such frames, or landmarks that are not such or not in the frame.
        """
        check_frames(first, second)
        H, W = first.shape[:2]
        if min(H, W) < _LEAST_SIDE:
            raise ArrayError(f"first is {given(first)}, sides of at least {_LEAST_SIDE} are taken")
        box = Box(0, 0, H, W) if landmarks is None else _box(landmarks, (H, W))
        predicted = self._predict(first[box.part], second[box.part])
        flow = np.zeros((H, W, 2), np.float32)
        flow[box.part] = cv2.resize(predicted, box.size[::-1], interpolation=cv2.INTER_LINEAR)
        flow[box.part] *= self._scale(box.size, (H, W), predicted.shape[:2])
        return flow

    def _predict(self, first: Image, second: Image) -> AnyArray:
        """(h, w, 2) float32, in whatever the network predicts."""
        seen = [resize_image(frame, self._size)[None] for frame in (first, second)]
        inputs = {name: frame.astype(np.float32) for name, frame in zip(INPUTS, seen, strict=True)}
        with self._turn:
            (predicted,) = self._finest.predict_on_batch(inputs)
        return np.ascontiguousarray(predicted, np.float32)

    def _scale(self, box: Size, frame: Size, grid: tuple[int, ...]) -> AnyArray:
        """What makes pixels of the frame of a prediction (u, v)."""
        seen = box
        if self._vectors == "frame":  # taught as if every crop had been the whole frame
            seen, grid = frame, _PUBLISHED_GRID
        return np.array([seen[1] / grid[1], seen[0] / grid[0]], np.float32)


def _box(landmarks: AnyArray, size: Size) -> Box:
    points = np.asarray(landmarks)
    of_both = points.ndim == 3 and len(points) == 2
    return crop_box(check_landmarks("landmarks", points[0] if of_both else points), size, MARGIN)
