"""The network's structure made of Keras's layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import layers, ops

from faceflow.learn.networks.layers import Double, HalveBicubic, WarpBackward
from faceflow.learn.networks.names import INPUT_SCALE, PREDICTIONS, WARPED
from faceflow.learn.networks.structure import Activation, Conv, connect

_SLOPE = 0.1


def build(
    first: Any, second: Any, width_multiplier: float, redirect: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """The outputs of the network, by their names, from its two inputs."""
    scale = layers.Rescaling(INPUT_SCALE, name="scaled_input")
    predictions = connect(_Layers(), scale(first), scale(second), width_multiplier, redirect)
    half = HalveBicubic(name="half_size")(first)
    moved = WarpBackward(name="warped_half")([half, predictions[PREDICTIONS[0]]])
    return {**predictions, WARPED: Double(name=WARPED)(moved)}


@keras.saving.register_keras_serializable("faceflow")
def leaky(x: Any) -> Any:
    """The activation of nearly all layers."""
    return ops.leaky_relu(x, _SLOPE)


_ACTIVATIONS: Mapping[Activation, str | Callable[[Any], Any]] = {"leaky": leaky, "relu": "relu"}


class _Layers:
    """Makes layers of Keras; see `structure.Maker`."""

    def conv(self, layer: Conv) -> Any:
        return layers.Conv2D(
            layer.filters,
            layer.kernel,
            layer.stride,
            "same",
            activation=_ACTIVATIONS[layer.activation],
            kernel_initializer="he_normal",
            name=layer.name,
        )

    def deconv(self, name: str, filters: int) -> Any:
        return layers.Conv2DTranspose(
            filters,
            4,
            2,
            "same",
            activation=leaky,
            kernel_initializer="he_normal",
            name=name,
        )

    def prediction(self, name: str) -> Any:
        """In float32, since pixels have fractions; no flow until it learns."""
        return layers.Conv2D(
            2,
            3,
            padding="same",
            kernel_initializer="zeros",  # drawn by lot it would predict 80 px, of grey levels
            dtype="float32",
            name=name,
        )

    def double(self, name: str) -> Any:
        return Double(2.0, name=name)

    def join(self, name: str) -> Any:
        return layers.Concatenate(name=name)
