"""The sizes that the network is built in, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

SIDE_STEP = 64
"""What the sides of frames are multiples of: conv6 has one pixel for so many."""

LONGEST_SIDE = 4096


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
