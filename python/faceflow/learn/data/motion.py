"""How an example's frames are moved, drawn by chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from faceflow.landmarks.box import Box
from faceflow.learn.data.augmentation import Augmentation
from faceflow.types import AnyArray


class Motions(NamedTuple):
    """Affine maps (3, 3) of each frame's pixels, before they are cropped."""

    first: AnyArray
    second: AnyArray
    mirrored: bool


def draw_motions(augmentation: Augmentation, box: Box, rng: np.random.Generator) -> Motions:
    """Draw what both frames do about the middle of the crop, and what the second does beside it.

    Parameters
    ----------
    augmentation
        The ranges.
    box
        The crop, pixels of the frame.
    rng
        What the numbers are taken from.
    """
    mirrored = bool(rng.random() < augmentation.flip)
    scale, turn = rng.uniform(*augmentation.scale), _either(rng, augmentation.rotation)
    shift = [_either(rng, augmentation.translation) for _ in "xy"]
    both = _about(box, scale, turn, shift, mirrored)
    scale = 1 + _either(rng, augmentation.relative_scale)
    turn = _either(rng, augmentation.relative_rotation)
    shift = [_either(rng, augmentation.relative_translation) for _ in "xy"]
    beside = _about(box, scale, turn, shift) if augmentation.moves_second else np.eye(3)
    return Motions(both, beside @ both, mirrored)


def _either(rng: np.random.Generator, most: float) -> float:
    return float(rng.uniform(-most, most))


def _about(
    box: Box, scale: float, degrees: float, shift: list[float], mirrored: bool = False
) -> AnyArray:
    """Scaled, turned and shifted by shares of the box's sides, about its middle."""
    (h, w), turn = box.size, np.radians(degrees)
    middle = np.array([box.left + (w - 1) / 2, box.top + (h - 1) / 2])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = scale * rotation @ np.diag([-1.0 if mirrored else 1.0, 1.0])
    motion = np.eye(3)
    motion[:2, :2] = linear
    motion[:2, 2] = middle + np.array(shift) * (w, h) - linear @ middle
    return motion
