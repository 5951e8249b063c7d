"""The network, layer for layer, in the order and with the names of the published weights' files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers, ops

from faceflow.learn.network.layers import Double, HalveBicubic, WarpBackward
from faceflow.learn.network.names import INPUT_SCALE, PREDICTIONS, WARPED

_SLOPE = 0.1
_REDIRECTED = 32  # filters


def build(
    first: Any, second: Any, width_multiplier: float, redirect: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """The outputs of the network, by their names, from its two inputs."""
    make = _Make(width_multiplier)
    scale = layers.Rescaling(INPUT_SCALE, name="scaled_input")
    features, skips = _contract(make, scale(first), scale(second), redirect)
    predictions = _expand(make, features[:2], skips)
    half = HalveBicubic(name="half_size")(first)
    moved = WarpBackward(name="warped_half")([half, predictions[PREDICTIONS[0]]])
    return {**predictions, WARPED: Double(name=WARPED)(moved)}


def scaled(filters: int, multiplier: float) -> int:
    """How many filters a layer has that has so many at full width."""
    return max(1, round(filters * multiplier))


@keras.saving.register_keras_serializable("faceflow")
def leaky(x: Any) -> Any:
    """The activation of nearly all layers."""
    return ops.leaky_relu(x, _SLOPE)


class _Make:
    """Makes layers; a multiplier changes how many filters they have."""

    def __init__(self, multiplier: float) -> None:
        self._multiplier = multiplier

    def conv(
        self,
        name: str,
        kernel: int,
        filters: int,
        stride: int = 1,
        activation: str | Callable[[Any], Any] = leaky,
    ) -> Any:
        """A convolution."""
        return layers.Conv2D(
            scaled(filters, self._multiplier),
            kernel,
            stride,
            "same",
            activation=activation,
            kernel_initializer="he_normal",
            name=name,
        )

    def deconv(self, name: str, filters: int) -> Any:
        """A transposed convolution, which doubles the sides."""
        return layers.Conv2DTranspose(
            scaled(filters, self._multiplier),
            4,
            2,
            "same",
            activation=leaky,
            kernel_initializer="he_normal",
            name=name,
        )

    @staticmethod
    def prediction(level: int) -> Any:
        """What predicts flow: in float32, since pixels have fractions, and none until it learns."""
        return layers.Conv2D(
            2,
            3,
            padding="same",
            kernel_initializer="zeros",  # drawn by lot it would predict 80 px, of grey levels
            dtype="float32",
            name=f"Deconv{level}_prediction",
        )


def _contract(
    make: _Make, first: Any, second: Any, redirect: Sequence[tuple[int, int]]
) -> tuple[list[Any], list[Any]]:
    """What conv1 to conv6 give (of the first frame), and what conv3_1 to conv6_1 make of it."""
    front = [make.conv(f"conv{n + 1}", 7 if n == 0 else 5, 64 << n, stride=2) for n in range(3)]
    features = _through(front, first)
    of_second = _through(front, second)[-1]
    reduced = make.conv("conv_redir", 1, 32)(features[-1])
    skips = [_second_conv(make, 3, [reduced, features[-1], of_second], features, redirect)]
    for level, filters in ((4, 512), (5, 512), (6, 1024)):
        features.append(make.conv(f"conv{level}", 3, filters, stride=2)(skips[-1]))
        skips.append(_second_conv(make, level, features[-1:], features, redirect))
    return features, skips


def _through(chain: Sequence[Any], x: Any) -> list[Any]:
    """What each layer of a chain gives."""
    given = []
    for layer in chain:
        x = layer(x)
        given.append(x)
    return given


def _second_conv(
    make: _Make,
    level: int,
    inputs: list[Any],
    features: Sequence[Any],
    redirect: Sequence[tuple[int, int]],
) -> Any:
    """A layer's second convolution, which also takes what is redirected into the layer."""
    taken = list(inputs)
    for i, j in redirect:
        if j == level:
            layer = make.conv(f"redirect_{i}_{j}", 1, _REDIRECTED, stride=2 ** (j - i))
            taken.append(layer(features[i - 1]))
    joined = layers.Concatenate(name=f"concat{level}_1")(taken) if len(taken) > 1 else taken[0]
    filters = {3: 256, 4: 512, 5: 512, 6: 1024}[level]
    activation = "relu" if level == 6 else leaky
    return make.conv(f"conv{level}_1", 3, filters, activation=activation)(joined)


def _expand(make: _Make, fine: Sequence[Any], skips: Sequence[Any]) -> dict[str, Any]:
    """The predictions that are outputs, finest first."""
    x = skips[3]
    flow = make.prediction(6)(x)
    predictions = {}
    sides = {5: (skips[2], 512, 1024), 4: (skips[1], 512, 1024), 3: (skips[0], 256, 512)}
    sides |= {2: (fine[1], 128, 0), 1: (fine[0], 64, 0)}
    for level, (beside, filters, mixed) in sides.items():
        doubled = Double(2.0, name=f"doubled_flow{level}")(flow)
        deconv = make.deconv(f"deconv{level}", filters)(x)
        x = layers.Concatenate(name=f"concat{level}")([beside, deconv, doubled])
        if mixed:
            x = make.conv(f"iconv{level}", 1, mixed, activation="relu")(x)
        flow = make.prediction(level)(x)
        predictions[f"Deconv{level}_prediction"] = flow
    return {name: predictions[name] for name in PREDICTIONS}
