"""The face network as it is trained: two passes, and what each of them is judged by."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from faceflow.flow.local_motion import CHANNELS, frame_scales, local_motion
from faceflow.learn.losses import endpoint_errors
from faceflow.learn.networks.face import FaceFlowNet, correction
from faceflow.learn.networks.layers import WarpBackward
from faceflow.methods.correction import ERROR_SHIFT, MOST_ERROR
from faceflow.types import AnyArray

HALF_SHARE, ERROR_SHARE, PICTURE_SHARE = 0.5, 0.02, 0.06
"""Shares of the losses of `compile_face_losses` beside that of the finest flow, which has 1."""

_FRAMES = ("first", "second", "shown")
_FLOOR = 0.01  # px, of the end-point error
_GREY_FLOOR = 0.5  # grey levels


class TwoPasses(keras.Model):
    """Two passes of a face network over a batch, as prediction makes them.

    Inputs are a dict of ``first`` and ``second``, (B, H, W, 3) uint8; ``initial``, their flow
    (B, H, W, 2) float32; ``coarse``, (B, H/4, W/4, 28), the features of the frames at half size;
    and ``shown``, (B, H, W, 3) uint8, the second frame before it was degraded.

    Outputs are a dict of ``half`` (B, H/2, W/2, 2), the flow after the first pass in pixels of half
    size; ``fine`` (B, H, W, 2), the flow after both; ``error`` (B, H, W, 3), that flow and
    the logarithm of its expected error (see `ErrorLoss`); and ``pulled`` (B, H, W, 3), ``shown``
    pulled back by ``fine``.

    Parameters
    ----------
    network
        What is trained.
    side
        Rows and columns of the frames, a multiple of 32.
    """

    def __init__(self, network: FaceFlowNet, side: int) -> None:
        super().__init__(name="two_passes", dtype="float32")
        self.network, self.side = network, side
        self._warp = WarpBackward()
        self.built = True  # it has no weights beside the network's

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, Any]:
        """Estimate a batch's flow; see the class."""
        half, doubled = self._coarse(inputs, training)
        base = ops.stop_gradient(inputs["initial"] + doubled)
        features = fine_features(inputs["first"], inputs["second"], base)
        output = self.network(features, training=training)
        fine = base + double(correction(output, features))
        spread = double(output[..., 5:])
        pulled = self._warp([ops.cast(inputs["shown"], "float32"), -fine])
        error = ops.concatenate([ops.stop_gradient(fine), spread], axis=-1)
        return {"half": half, "fine": fine, "error": error, "pulled": pulled}

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Make all variables before the first step; see `Trained`."""
        H, half, quarter = self.side, self.side // 2, self.side // 4
        inputs = {name: keras.KerasTensor((1, H, H, 3), "uint8") for name in _FRAMES}
        inputs["initial"] = keras.KerasTensor((1, H, H, 2))
        inputs["coarse"] = keras.KerasTensor((1, quarter, quarter, CHANNELS))
        targets = {name: keras.KerasTensor((1, H, H, 3)) for name in ("fine", "error")}
        targets["half"] = keras.KerasTensor((1, half, half, 3))
        targets["pulled"] = keras.KerasTensor((1, H, H, 4))
        self._symbolic_build(data_batch=(inputs, targets))

    def _coarse(self, inputs: Any, training: bool | None) -> tuple[Any, Any]:
        """The flow at half size, and the correction at full size."""
        output = self.network(inputs["coarse"], training=training)
        change = double(correction(output, inputs["coarse"]))
        initial = ops.average_pool(inputs["initial"], 2, 2) * 0.5
        return initial + change, 2 * double(change)


def compile_face_losses() -> dict[str, keras.losses.Loss]:
    """Make the losses of `TwoPasses` by the names of its outputs; their sum is the total."""
    return {
        "fine": EndpointLoss(1.0),
        "half": EndpointLoss(HALF_SHARE),
        "error": ErrorLoss(ERROR_SHARE),
        "pulled": PictureLoss(PICTURE_SHARE),
    }


class _Weighted(keras.losses.Loss, ABC):
    """A loss whose target's last channel says how much each pixel counts."""

    def __init__(self, share: float, name: str) -> None:
        super().__init__(name=name)
        self.share = share

    @abstractmethod
    def pixels(self, target: Any, predicted: Any) -> Any:
        """Compute (B, H, W) values."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(B, H, W, C + 1) target and (B, H, W, C) prediction to (B,)."""
        values = self.pixels(y_true[..., :-1], y_pred) * y_true[..., -1]
        return self.share * ops.mean(values, axis=(1, 2))


class EndpointLoss(_Weighted):
    """End-point error, smooth where it is small: (e^2 + 0.01^2)^0.5, px.

    Notes
    -----
    Charbonnier et al., "Two Deterministic Half-Quadratic Regularization Algorithms for Computed
    Imaging" (ICIP 1994).
    """

    def __init__(self, share: float, name: str = "endpoint_loss") -> None:
        super().__init__(share, name)

    def pixels(self, target: Any, predicted: Any) -> Any:
        """(B, H, W) px."""
        return ops.sqrt(ops.sum(ops.square(predicted - target), axis=-1) + _FLOOR**2)


class ErrorLoss(_Weighted):
    """Negative log-likelihood of the end-point error under the one that is told.

    With the error e and the told one s it is e/s + log s, whose expectation is least where s is
    the expectation of e. The prediction is (u, v, log s); u and v have no gradient.

    Notes
    -----
    Kendall and Gal, "What Uncertainties Do We Need in Bayesian Deep Learning for Computer Vision?"
    (NeurIPS 2017), section 3, for Laplace's distribution.
    """

    def __init__(self, share: float, name: str = "error_loss") -> None:
        super().__init__(share, name)

    def pixels(self, target: Any, predicted: Any) -> Any:
        """(B, H, W), in units of a logarithm."""
        errors = endpoint_errors(predicted[..., :2], target) + _FLOOR / 5
        told = ops.clip(predicted[..., 2], -MOST_ERROR, MOST_ERROR) - ERROR_SHIFT
        return errors * ops.exp(-told) + told


class PictureLoss(_Weighted):
    """Difference of the pulled-back second frame from the first, smooth where it is small.

    (d^2 + 0.5^2)^0.5, d being the mean absolute difference over red, green and blue, grey levels:
    what real pairs are judged by, whose flow nobody knows.

    Notes
    -----
    Jason Yu, Harley and Derpanis, "Back to Basics: Unsupervised Learning of Optical Flow via
    Brightness Constancy and Motion Smoothness" (ECCV Workshops 2016).
    """

    def __init__(self, share: float, name: str = "picture_loss") -> None:
        super().__init__(share, name)

    def pixels(self, target: Any, predicted: Any) -> Any:
        """(B, H, W) grey levels."""
        difference = ops.mean(ops.abs(predicted - target), axis=-1)
        return ops.sqrt(ops.square(difference) + _GREY_FLOOR**2)


def double(field: Any) -> Any:
    """Interpolate a field bilinearly on twice as many rows and columns, as OpenCV's resize does."""
    _, H, W, _ = ops.shape(field)
    return tf.image.resize(field, (2 * H, 2 * W), "bilinear")


def fine_features(first: Any, second: Any, flow: Any) -> Any:
    """Find the features of whole frames by the kernels: (B, H/2, W/2, 28) float32.

    There is no gradient through them, as in other networks that refine a flow step by step.
    """
    features = tf.numpy_function(_fine_features, [first, second, flow], tf.float32)
    B, H, W, _ = first.shape
    features.set_shape((B, H // 2, W // 2, CHANNELS))
    return features


def _fine_features(first: AnyArray, second: AnyArray, flow: AnyArray) -> AnyArray:
    found = _threads().map(_features_of, first, second, flow)
    return np.stack(list(found))


def _features_of(first: AnyArray, second: AnyArray, flow: AnyArray) -> AnyArray:
    one, other = (frame_scales(frame, 1)[0] for frame in (first, second))
    finite = np.nan_to_num(flow, posinf=0.0, neginf=0.0)  # the loss tells of a flow that is not
    return np.moveaxis(local_motion(one, other, finite), 0, -1)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    from faceflow.execute.cores import allowed_cores

    return ThreadPoolExecutor(len(allowed_cores()), "faceflow-features")
