"""The losses that were published, each masked and with its share of the total inside.

The last channel of a target is a weight, 1 where a pixel counts and 0 where it does not; u and v
come before it, or the second frame's colours. Losses give a value for each pair, (B,): a mean over
the pixels that count, 0 where there are none.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from faceflow.learn.experiments import Experiment, required_outputs
from faceflow.learn.networks.names import PREDICTIONS, WARPED

_PACKAGE = "faceflow"
_SMOOTHNESS_FLOOR = 0.01  # px
_HUBER_DELTA = 1.0  # grey levels


def compile_losses(experiment: Experiment) -> dict[str, keras.losses.Loss]:
    """The losses of an experiment, for `keras.Model.compile`; their sum is the total.

    Parameters
    ----------
    experiment
        One of `EXPERIMENTS`, or of one's own.

    Returns
    -------
    losses
        By the names of outputs, those of `required_outputs`; targets must hold the same.

    Examples
    --------
    >>> from faceflow.learn.experiments import EXPERIMENTS
    >>> compile_losses(EXPERIMENTS["exp2I"])["warped_output"].weight
    0.6
    """
    losses: dict[str, keras.losses.Loss] = {}
    for name in required_outputs(experiment):
        if name == WARPED:
            losses[name] = ReconstructionLoss(experiment.rec)
        elif name == PREDICTIONS[0]:
            share = experiment.epe_shares[name]
            losses[name] = FlowLoss(share, experiment.aae, experiment.smooth)
        else:
            losses[name] = FlowLoss(experiment.epe_shares[name])
    return losses


@keras.saving.register_keras_serializable(_PACKAGE)
class FlowLoss(keras.losses.Loss):
    """End-point error, angular error and smoothness of a prediction, weighted.

    Parameters
    ----------
    epe, aae, smooth
        What each is multiplied by; what has 0 is not computed.
    """

    def __init__(
        self, epe: float, aae: float = 0.0, smooth: float = 0.0, name: str = "flow_loss"
    ) -> None:
        super().__init__(name=name)
        self.epe, self.aae, self.smooth = epe, aae, smooth

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(B, h, w, 3) target and (B, h, w, 2) prediction to (B,)."""
        parts = [(self.epe, endpoint_errors), (self.aae, angular_errors)]
        pixels = sum(share * errors(y_pred, y_true[..., :2]) for share, errors in parts if share)
        if self.smooth:
            pixels = pixels + self.smooth * gradient_lengths(y_pred)
        return _mean_of_counted(pixels, y_true[..., 2])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"epe": self.epe, "aae": self.aae, "smooth": self.smooth, "name": self.name}


@keras.saving.register_keras_serializable(_PACKAGE)
class ReconstructionLoss(keras.losses.Loss):
    """Huber's loss, delta 1, of the moved first frame against the second, weighted.

    Parameters
    ----------
    weight
        What it is multiplied by.

    Notes
    -----
    Huber, "Robust Estimation of a Location Parameter" (1964).
    """

    def __init__(self, weight: float, name: str = "reconstruction_loss") -> None:
        super().__init__(name=name)
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(B, H, W, 4) target and (B, H, W, 3) frame, colours of 0..255, to (B,)."""
        pixels = keras.losses.huber(y_true[..., :3], y_pred, delta=_HUBER_DELTA)
        return self.weight * _mean_of_counted(pixels, y_true[..., 3])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"weight": self.weight, "name": self.name}


@keras.saving.register_keras_serializable(_PACKAGE)
class EndpointError(keras.metrics.Mean):
    """The mean end-point error over the pixels that count, in pixels of the prediction's grid.

    Pixels of all pairs count alike; the loss takes the mean of the pairs' means.
    """

    def __init__(self, name: str = "epe", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Take in a batch: (B, h, w, 3) target and (B, h, w, 2) prediction."""
        target = ops.cast(y_true, "float32")
        errors = endpoint_errors(ops.cast(y_pred, "float32"), target[..., :2])
        return super().update_state(errors, sample_weight=target[..., 2])


def endpoint_errors(predicted: Any, true: Any) -> Any:
    """The distance of each pixel's vectors: (B, h, w, 2) twice to (B, h, w).

    Notes
    -----
    Otte and Nagel, "Optical Flow Estimation: Advances and Comparisons" (ECCV 1994).

    Examples
    --------
    >>> true = ops.convert_to_tensor([[[[2.0, 1.0]]]])
    >>> ops.convert_to_numpy(endpoint_errors(5 * ops.ones((1, 1, 1, 2)), true)).item()
    5.0
    """
    return _root(ops.sum(ops.square(predicted - true), axis=-1))


def angular_errors(predicted: Any, true: Any) -> Any:
    """The angle between each pixel's (u, v, 1), radians: (B, h, w, 2) twice to (B, h, w).

    Notes
    -----
    atan2(|g x F|, g . F). Fleet and Jepson, "Computation of Component Image Velocity from Local
    Phase Information" (IJCV 1990).

    Examples
    --------
    >>> true = ops.convert_to_tensor([[[[1.0, 0.0]]]])
    >>> angle = angular_errors(ops.zeros((1, 1, 1, 2)), true)
    >>> round(4 * ops.convert_to_numpy(angle).item(), 4)
    3.1416
    """
    normal = predicted[..., 0] * true[..., 1] - predicted[..., 1] * true[..., 0]
    slant = ops.sum(ops.square(predicted - true), axis=-1)
    dot = ops.sum(predicted * true, axis=-1) + 1.0
    return ops.arctan2(_root(slant + ops.square(normal)), dot)


def gradient_lengths(predicted: Any) -> Any:
    """What each pixel adds to the roughness of a flow: (B, h, w, 2) to (B, h, w), pixels.

    The sum of (d^2 + 0.01^2)^0.5 over the differences d of u and of v to the next column and to the
    next row; the last column and row have none, and d = 0.

    Notes
    -----
    Charbonnier et al., "Two Deterministic Half-Quadratic Regularization Algorithms for Computed
    Imaging" (ICIP 1994).

    Examples
    --------
    >>> lengths = gradient_lengths(ops.zeros((1, 1, 1, 2)))
    >>> round(ops.convert_to_numpy(lengths).item(), 6)
    0.04
    """
    rows = ops.pad(predicted[:, 1:] - predicted[:, :-1], ((0, 0), (0, 1), (0, 0), (0, 0)))
    columns = ops.pad(predicted[:, :, 1:] - predicted[:, :, :-1], ((0, 0), (0, 0), (0, 1), (0, 0)))
    lengths = [ops.sqrt(ops.square(d) + _SMOOTHNESS_FLOOR**2) for d in (rows, columns)]
    return ops.sum(lengths[0] + lengths[1], axis=-1)


def _root(squares: Any) -> Any:
    """The square root, whose gradient at 0 is 0 and not infinite."""
    positive = squares > 0
    return ops.where(positive, ops.sqrt(ops.where(positive, squares, 1.0)), 0.0)


def _mean_of_counted(pixels: Any, weights: Any) -> Any:
    """(B, h, w) twice to (B,)."""
    counted = ops.maximum(ops.sum(weights, axis=(1, 2)), 1.0)
    return ops.sum(pixels * weights, axis=(1, 2)) / counted
