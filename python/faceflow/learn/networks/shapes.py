"""The shapes of the network's weights, known before it is made: nothing of Keras is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from faceflow.learn.networks.structure import Conv, connect

_COLOURS = 3

Through = Callable[[int], int]
"""A layer: how many channels it gives, of how many it takes."""


def weight_shapes(
    width_multiplier: float = 1.0, redirect: Sequence[tuple[int, int]] = ()
) -> dict[str, list[tuple[int, ...]]]:
    """The shapes of each layer's kernel and bias, by the layer's name.

    Parameters
    ----------
    width_multiplier, redirect
        As of `FlowNetS`, checked.

    Examples
    --------
    >>> weight_shapes(0.25)["conv1"]
    [(7, 7, 3, 16), (16,)]
    """
    make = _Shapes()
    connect(make, _COLOURS, _COLOURS, width_multiplier, redirect)
    return make.found


class _Shapes:
    """Makes layers that take note of their weights; see `structure.Maker`."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[int, ...]]] = {}

    def conv(self, layer: Conv) -> Through:
        return self._noted(layer.name, layer.kernel, layer.filters)

    def deconv(self, name: str, filters: int) -> Through:
        return self._noted(name, 4, filters, transposed=True)

    def prediction(self, name: str) -> Through:
        return self._noted(name, 3, 2)

    def double(self, name: str) -> Through:
        return lambda channels: channels

    def join(self, name: str) -> Callable[[list[int]], int]:
        return sum

    def _noted(self, name: str, kernel: int, filters: int, transposed: bool = False) -> Through:
        def through(channels: int) -> int:
            sides = (filters, channels) if transposed else (channels, filters)
            self.found[name] = [(kernel, kernel, *sides), (filters,)]
            return filters

        return through
