"""The network that corrects a flow, run by OpenCV: no TensorFlow is needed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from faceflow.errors import ModelFileError
from faceflow.files import StrPath, os_reason, read_regular, shown
from faceflow.flow.local_motion import ANSWERS, FrameScale, frame_scales, local_motion
from faceflow.opencv import cv2, one_thread
from faceflow.types import AnyArray, Flow, Image, Size

SIDE_STEP = 32
"""Number that both sides of what the network sees are multiples of."""

OUTPUTS = 6
"""Channels of the output: a correction (u, v), three weights of local answers, and an error."""

ERROR_SHIFT = 2.0
"""The error in px is exp(output - 2), so that an output of 0 says 0.14 px."""

MOST_ERROR = 8.0
"""Limit of the output that tells the error, both ways."""

_MOST_BYTES = 2**26
_SCALES = 2
_MOST_NETWORKS = 6
"""Sizes that a thread keeps a network for."""


class Corrected(NamedTuple):
    """A corrected flow and how far it may be off."""

    flow: Flow
    error: AnyArray
    """(H, W) float32: the expected end-point error, px."""


class CorrectionNetwork:
    """Corrects a flow by what a trained network sees; see `faceflow.learn.networks.face`.

    Frames are looked at twice, at half size and then whole. Each thread has networks of its own, as
    OpenCV's cannot be shared; all of them use one core each.

    Parameters
    ----------
    path
        ONNX file that `faceflow.learn.export` wrote.

    Raises
    ------
    ModelFileError
        The file cannot be read, or holds another network.
    """

    def __init__(self, path: StrPath) -> None:
        self._name = shown(path)
        try:
            self._bytes = np.frombuffer(read_regular(path, _MOST_BYTES), np.uint8)
        except OSError as error:
            raise ModelFileError(f"cannot read {self._name}: {os_reason(error)}") from error
        self._own = threading.local()

    def __call__(self, first: Image, second: Image, initial: Flow) -> Corrected:
        """Correct a flow.

        Parameters
        ----------
        first, second
            (H, W, 3) uint8 red-green-blue of one size.
        initial
            (H, W, 2) float32, pixels, finite.

        Returns
        -------
        corrected
            Flow (H, W, 2) float32 and error (H, W) float32, both in pixels.

        Raises
        ------
        ArrayError
            The arrays are not such, or differ in size.
        ModelFileError
            The file holds another network.
        """
        H, W = first.shape[:2]
        grown = -H % SIDE_STEP, -W % SIDE_STEP
        whole, half = zip(
            *(frame_scales(_grow(frame, grown), _SCALES) for frame in (first, second)), strict=True
        )
        flow = _grow(initial, grown)
        with one_thread():
            coarse, _ = self._look(half, _halved(flow))
            flow = flow + 2 * _doubled(_doubled(coarse))
            fine, error = self._look(whole, flow)
            flow = flow + _doubled(fine)
            error = np.exp(np.clip(_doubled(error), -MOST_ERROR, MOST_ERROR) - ERROR_SHIFT)
        return Corrected(np.ascontiguousarray(flow[:H, :W]), np.ascontiguousarray(error[:H, :W]))

    def _look(self, frames: Sequence[FrameScale], flow: Flow) -> tuple[Flow, AnyArray]:
        """The correction (h, w, 2) and the error's logarithm (h, w), on half of a scale's size."""
        features = local_motion(frames[0], frames[1], flow)
        output = self._forward(features)
        total = output[:2].copy()
        for number, answer in enumerate(ANSWERS):
            total += output[2 + number] * features[answer]
        return np.ascontiguousarray(total.transpose(1, 2, 0)), output[5]

    def _forward(self, features: AnyArray) -> AnyArray:
        """(28, h, w) to (6, h, w)."""
        try:
            network = self._own_network((features.shape[1], features.shape[2]))
            network.setInput(features[None])
            output = np.asarray(network.forward())
        except cv2.error as error:
            raise self._refusal(error.err) from error
        if output.shape != (1, OUTPUTS, *features.shape[1:]) or output.dtype != np.float32:
            raise self._refusal(f"it gives {output.shape}")
        found: AnyArray = output[0]
        return found

    def _own_network(self, size: Size) -> Any:
        """The thread's network for a size.

        OpenCV 4 chooses the ways of its convolutions at the first size that a network sees, so one
        that sees several sizes would give other bits than a new one.
        """
        networks: OrderedDict[Size, Any] = self._own.__dict__.setdefault("networks", OrderedDict())
        if size not in networks:
            networks[size] = read_network(self._bytes)
        networks.move_to_end(size)
        while len(networks) > _MOST_NETWORKS:
            networks.popitem(last=False)
        return networks[size]

    def _refusal(self, reason: str) -> ModelFileError:
        return ModelFileError(f"{self._name} must hold a face network as ONNX: {reason}")


def read_network(content: AnyArray) -> Any:
    """Make OpenCV's network of an ONNX file's bytes, (N,) uint8.

    OpenCV 5 has two engines; its classic one, which OpenCV 4 has alone, is faster on one core.

    Raises
    ------
    cv2.error
        The bytes are no network that OpenCV knows.
    """
    engine = getattr(cv2.dnn, "ENGINE_CLASSIC", None)
    if engine is None:
        return cv2.dnn.readNetFromONNX(content)
    return cv2.dnn.readNetFromONNX(content, engine)


def _grow(array: AnyArray, more: Size) -> AnyArray:
    """Repeat the last row and column so many times."""
    if more == (0, 0):
        return np.ascontiguousarray(array)
    return np.pad(array, ((0, more[0]), (0, more[1]), (0, 0)), mode="edge")


def _halved(flow: Flow) -> Flow:
    """The flow on a grid of half the size, in pixels of that grid."""
    h, w = flow.shape[0] // 2, flow.shape[1] // 2
    means: Flow = flow.reshape(h, 2, w, 2, 2).mean(axis=(1, 3)) * np.float32(0.5)
    return means


def _doubled(field: AnyArray) -> AnyArray:
    """Twice as many rows and columns, values between interpolated; values stay as they are."""
    h, w = field.shape[:2]
    return np.asarray(cv2.resize(field, (2 * w, 2 * h), interpolation=cv2.INTER_LINEAR))
