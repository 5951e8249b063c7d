"""The sizes that the network is built in, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict


class Preset(TypedDict):
    """Arguments of `flownet_s`."""

    height: int
    width: int
    width_multiplier: float


PRESETS: Mapping[str, Preset] = {
    "paper": {"height": 384, "width": 512, "width_multiplier": 1.0},
    "small": {"height": 192, "width": 256, "width_multiplier": 0.25},
}
"""``paper`` is as published; ``small`` trains on two cores."""
