"""How an example's frames look: colours, blur and noise, drawn by chance."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from faceflow.learn.data.augmentation import Augmentation
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Image

_LEAST_BLUR, _LEAST_NOISE = 0.2, 0.25
"""Less does not change an 8-bit picture."""


class Colours(NamedTuple):
    """What is done to colours, each from -1 to 1: a share of its range."""

    brightness: float
    contrast: float
    gamma: float
    saturation: float
    hue: float


class Look(NamedTuple):
    """What is done to one frame."""

    colours: Colours
    blur: float
    """Standard deviation, px."""
    noise: float
    """Standard deviation, grey levels."""


def change_looks(
    pictures: Sequence[Image], augmentation: Augmentation, rng: np.random.Generator
) -> list[Image]:
    """A pair's pictures, (H, W, 3) uint8 red-green-blue, as they look by chance."""
    looks = _draw_looks(augmentation, rng)
    return [
        _change(picture, look, augmentation, rng)
        for picture, look in zip(pictures, looks, strict=True)
    ]


def _draw_looks(augmentation: Augmentation, rng: np.random.Generator) -> tuple[Look, Look]:
    """What both frames have in common, and what the second has besides."""
    common, other = rng.uniform(-1, 1, (2, len(Colours._fields)))
    blur, noise = rng.uniform(0, (augmentation.blur, augmentation.noise)).tolist()
    colours = (Colours(*common), Colours(*(common + augmentation.difference * other)))
    first, second = (Look(one, blur, noise) for one in colours)
    return first, second


def _change(
    picture: Image, look: Look, augmentation: Augmentation, rng: np.random.Generator
) -> Image:
    if augmentation.saturation or augmentation.hue:
        turned = cv2.transform(picture, _colour_matrix(look.colours, augmentation))
        picture = turned.astype(np.uint8, copy=False)
    if augmentation.brightness or augmentation.contrast or augmentation.gamma:
        picture = _looked_up(picture, _levels(look.colours, augmentation))
    if look.blur >= _LEAST_BLUR:
        picture = cv2.GaussianBlur(picture, (0, 0), look.blur).astype(np.uint8, copy=False)
    if look.noise >= _LEAST_NOISE:
        drawn = np.frombuffer(rng.bytes(picture.size), np.uint8).reshape(picture.shape)
        noise = _looked_up(drawn, np.rint(_normal() * look.noise).astype(np.int16))
        picture = cv2.add(picture, noise, dtype=cv2.CV_8U).astype(np.uint8, copy=False)
    return picture


def _colour_matrix(colours: Colours, augmentation: Augmentation) -> AnyArray:
    """(3, 3) of red-green-blue: distances from grey stretched, and turned about its axis."""
    stretch = 1 + colours.saturation * augmentation.saturation
    turn = np.radians(colours.hue * augmentation.hue)
    grey = np.full((3, 3), 1 / 3)
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    rotation = np.cos(turn) * (np.eye(3) - grey) + np.sin(turn) * across
    matrix: AnyArray = grey + max(stretch, 0) * rotation
    return matrix


def _levels(colours: Colours, augmentation: Augmentation) -> AnyArray:
    """(256,) uint8: what becomes of each grey level."""
    levels = np.arange(256) / 255 - 0.5
    levels = levels * max(1 + colours.contrast * augmentation.contrast, 0) + 0.5
    levels += colours.brightness * augmentation.brightness / 255
    exponent = (1 + augmentation.gamma) ** colours.gamma
    table: AnyArray = np.rint(255 * np.clip(levels, 0, 1) ** exponent).astype(np.uint8)
    return table


@functools.cache
def _normal() -> AnyArray:
    """(256,) float64: the normal distribution in as many equal parts, so that a byte draws one."""
    return np.array([NormalDist().inv_cdf((i + 0.5) / 256) for i in range(256)])


def _looked_up(picture: AnyArray, table: AnyArray) -> AnyArray:
    return np.asarray(cv2.LUT(picture, table))
