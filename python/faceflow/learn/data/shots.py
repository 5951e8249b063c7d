"""Differences between two shots of a scene that are no motion."""

from __future__ import annotations

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import AnyArray, Image

_GAIN, _OFFSET = (0.9, 1.1), (-10.0, 10.0)
_TINT = (0.95, 1.05)
_BLUR = (0.2, 1.0)  # px
_NOISE = (0.3, 4.5)  # grey levels
_QUALITY = (40, 96)
_LIGHT = (0.01, 0.08)
_SCENE_CHANGED, _SAVED, _LIT, _ONE_ONLY = 0.65, 0.15, 0.35, 0.15
_ALL, _TINTED, _BLURRED, _NOISY, _COMPRESSED = 0.5, 0.3, 0.5, 0.8, 0.6


def take_shots(frames: tuple[Image, Image], rng: np.random.Generator) -> tuple[Image, Image]:
    """Change two frames as other shots of the same scene would be.

    More than half of the pairs get another brightness, tint, sharpness, noise and compression in
    each frame, some of these a light that changes smoothly over the second frame; others are only
    compressed a little, and the rest stay as they are.

    Parameters
    ----------
    frames
        (H, W, 3) uint8 each.
    rng
        Source of chance.

    Returns
    -------
    frames
        (H, W, 3) uint8 each.

    Examples
    --------
    >>> frame = np.full((32, 32, 3), 100, np.uint8)
    >>> [shot.shape for shot in take_shots((frame, frame), np.random.default_rng(0))]
    [(32, 32, 3), (32, 32, 3)]
    """
    first, second = frames
    lot = rng.random()
    if lot < _SCENE_CHANGED:
        light = _light(first.shape[:2], rng) if rng.random() < _LIT else None
        first = first if rng.random() < _ONE_ONLY else degrade(first, rng)
        return first, degrade(second, rng, light)
    if lot < _SCENE_CHANGED + _SAVED:
        return _compress(first, rng, (85, 98)), _compress(second, rng, (85, 98))
    return first, second


def degrade(frame: Image, rng: np.random.Generator, light: AnyArray | None = None) -> Image:
    """Change a frame's light, sharpness, noise and compression by chance; (H, W, 3) uint8."""
    all_of_them = rng.random() < _ALL
    values = frame.astype(np.float32)
    if light is not None:
        values *= light[..., None]
    values = values * np.float32(rng.uniform(*_GAIN)) + np.float32(rng.uniform(*_OFFSET))
    if rng.random() < _TINTED:
        values *= rng.uniform(*_TINT, 3).astype(np.float32)
    if all_of_them or rng.random() < _BLURRED:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), rng.uniform(*_BLUR)))
    if all_of_them or rng.random() < _NOISY:
        deviation = np.float32(rng.uniform(*_NOISE))
        values += rng.standard_normal(values.shape, dtype=np.float32) * deviation
    changed: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    if all_of_them or rng.random() < _COMPRESSED:
        return _compress(changed, rng, _QUALITY)
    return changed


def _light(size: tuple[int, ...], rng: np.random.Generator) -> AnyArray:
    """(H, W) float32: a factor that changes slowly over the frame."""
    grid = rng.normal(0, rng.uniform(*_LIGHT), (4, 4)).astype(np.float32)
    return 1 + np.asarray(cv2.resize(grid, size[::-1], interpolation=cv2.INTER_CUBIC))


def _compress(frame: Image, rng: np.random.Generator, quality: tuple[int, int]) -> Image:
    settings = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*quality))]
    _, data = cv2.imencode(".jpg", frame, settings)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)).astype(np.uint8, copy=False)
