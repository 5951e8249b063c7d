"""The network's structure: its layers, in the order and with the names of the published files.

What a layer is, and what flows through it, is up to who goes through it: Keras's layers make the
network (`build`), numbers of channels tell the shapes of its weights (`shapes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

from faceflow.learn.networks.names import PREDICTIONS

Activation = Literal["leaky", "relu"]

_REDIRECTED = 32  # filters


class Conv(NamedTuple):
    """A convolution with a square kernel."""

    name: str
    kernel: int
    filters: int
    stride: int = 1
    activation: Activation = "leaky"


class Maker(Protocol):
    """Makes layers, which are called with what flows through them."""

    def conv(self, layer: Conv) -> Any:
        """A convolution."""

    def deconv(self, name: str, filters: int) -> Any:
        """A transposed convolution, which doubles the sides."""

    def prediction(self, name: str) -> Any:
        """What predicts flow."""

    def double(self, name: str) -> Any:
        """What doubles the sides of flow, and its vectors."""

    def join(self, name: str) -> Any:
        """What puts the channels of a list beside one another."""


class _Scaled:
    """Makes layers whose filters are told as they are at full width."""

    def __init__(self, make: Maker, multiplier: float) -> None:
        self._make, self._multiplier = make, multiplier
        self.prediction, self.double, self.join = make.prediction, make.double, make.join

    def conv(self, layer: Conv) -> Any:
        """As a maker's."""
        return self._make.conv(layer._replace(filters=self._filters(layer.filters)))

    def deconv(self, name: str, filters: int) -> Any:
        """As a maker's."""
        return self._make.deconv(name, self._filters(filters))

    def _filters(self, filters: int) -> int:
        return max(1, round(filters * self._multiplier))


def connect(
    maker: Maker,
    first: Any,
    second: Any,
    width_multiplier: float,
    redirect: Sequence[tuple[int, int]],
) -> dict[str, Any]:
    """Make all layers with weights, and put two frames through them.

    Parameters
    ----------
    maker
        What makes the layers.
    first, second
        The frames, as what it makes takes them.
    width_multiplier, redirect
        As of `FlowNetS`.

    Returns
    -------
    predictions
        Those that are outputs, by their names, finest first.
    """
    make = _Scaled(maker, width_multiplier)
    features, skips = _contract(make, first, second, redirect)
    return _expand(make, features[:2], skips)


def _contract(
    make: _Scaled, first: Any, second: Any, redirect: Sequence[tuple[int, int]]
) -> tuple[list[Any], list[Any]]:
    """What conv1 to conv6 give (of the first frame), and what conv3_1 to conv6_1 make of it."""
    front = [make.conv(Conv(f"conv{n + 1}", 5 if n else 7, 64 << n, stride=2)) for n in range(3)]
    features = _through(front, first)
    of_second = _through(front, second)[-1]
    reduced = make.conv(Conv("conv_redir", 1, 32))(features[-1])
    skips = [_second_conv(make, 3, [reduced, features[-1], of_second], features, redirect)]
    for level, filters in ((4, 512), (5, 512), (6, 1024)):
        features.append(make.conv(Conv(f"conv{level}", 3, filters, stride=2))(skips[-1]))
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
    make: _Scaled,
    level: int,
    inputs: list[Any],
    features: Sequence[Any],
    redirect: Sequence[tuple[int, int]],
) -> Any:
    """A layer's second convolution, which also takes what is redirected into the layer."""
    taken = list(inputs)
    for i, j in redirect:
        if j == level:
            layer = make.conv(Conv(f"redirect_{i}_{j}", 1, _REDIRECTED, stride=2 ** (j - i)))
            taken.append(layer(features[i - 1]))
    joined = make.join(f"concat{level}_1")(taken) if len(taken) > 1 else taken[0]
    filters = {3: 256, 4: 512, 5: 512, 6: 1024}[level]
    activation: Activation = "relu" if level == 6 else "leaky"
    return make.conv(Conv(f"conv{level}_1", 3, filters, activation=activation))(joined)


def _expand(make: _Scaled, fine: Sequence[Any], skips: Sequence[Any]) -> dict[str, Any]:
    x = skips[3]
    flow = make.prediction("Deconv6_prediction")(x)
    predictions = {}
    sides = {5: (skips[2], 512, 1024), 4: (skips[1], 512, 1024), 3: (skips[0], 256, 512)}
    sides |= {2: (fine[1], 128, 0), 1: (fine[0], 64, 0)}
    for level, (beside, filters, mixed) in sides.items():
        doubled = make.double(f"doubled_flow{level}")(flow)
        deconv = make.deconv(f"deconv{level}", filters)(x)
        x = make.join(f"concat{level}")([beside, deconv, doubled])
        if mixed:
            x = make.conv(Conv(f"iconv{level}", 1, mixed, activation="relu"))(x)
        flow = make.prediction(f"Deconv{level}_prediction")(x)
        predictions[f"Deconv{level}_prediction"] = flow
    return {name: predictions[name] for name in PREDICTIONS}
