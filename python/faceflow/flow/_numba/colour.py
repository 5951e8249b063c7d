"""Flow as a picture on the Middlebury wheel (mirrors ``cpp/src/colour.cpp``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.flow._numba.compile import kernel

_HUES = 55
_UNKNOWN = np.float32(1e9)
_PI = np.float32(3.14159265)
_TINY = np.float32(1e-30)
_ONE = np.float32(1.0)
_HALF = np.float32(0.5)
_BATCH = 256
_ATAN = tuple(np.float32(c) for c in (0.99986600, -0.33029950, 0.18014100, -0.08513300, 0.02083510))


def _make_wheel() -> NDArray[np.float32]:
    # hues of the segment, the channel at 255, the channel that changes, and whether it rises
    segments = (
        (15, 0, 1, True),
        (6, 1, 0, False),
        (4, 1, 2, True),
        (11, 2, 1, False),
        (13, 2, 0, True),
        (6, 0, 2, False),
    )
    wheel = np.zeros((_HUES + 1, 3), np.float32)
    hue = 0
    for hues, full, ramping, rising in segments:
        for i in range(hues):
            level = 255 * i // hues
            wheel[hue, full] = 1
            wheel[hue, ramping] = np.float32(level if rising else 255 - level) / np.float32(255)
            hue += 1
    wheel[_HUES] = wheel[0]
    return wheel


_WHEEL = _make_wheel()


@kernel
def _hue_of(u, v):
    x = abs(u)
    y = abs(v)
    longer = x if x > y else y
    shorter = y if x > y else x
    t = shorter / (longer + _TINY)
    s = t * t
    angle = t * (_ATAN[0] + s * (_ATAN[1] + s * (_ATAN[2] + s * (_ATAN[3] + s * _ATAN[4]))))
    angle = angle if x > y else _HALF * _PI - angle
    angle = _PI - angle if u > 0 else angle
    angle = -angle if v >= 0 else angle
    hue = (angle / _PI + _ONE) * _HALF * np.float32(_HUES - 1)
    hue = hue if hue > 0 else np.float32(0)
    return hue if hue < _HUES - 1 else np.float32(_HUES - 1)


@kernel
def _measure(flow, begin, count, scale, hues, radii):
    for i in range(count):
        u = flow[begin + i, 0] * scale
        v = flow[begin + i, 1] * scale
        hues[i] = _hue_of(u, v)
        radii[i] = np.sqrt(u * u + v * v)


@kernel
def _paint(hue, radius, rgb):
    index = int(hue)
    part = hue - np.float32(index)
    for c in range(3):
        pure = (_ONE - part) * _WHEEL[index, c] + part * _WHEEL[index + 1, c]
        level = _ONE - radius * (_ONE - pure) if radius <= _ONE else pure * np.float32(0.75)
        rgb[c] = np.uint8(np.float32(255.0) * level)


@kernel
def max_magnitude(flow):
    """Longest known vector of (H, W, 2) float32, px."""
    largest = np.float32(0)
    pixels = flow.reshape(-1, 2)
    for i in range(len(pixels)):
        u = pixels[i, 0]
        v = pixels[i, 1]
        known = (abs(u) <= _UNKNOWN) & (abs(v) <= _UNKNOWN)
        squared = u * u + v * v if known else np.float32(0)
        largest = squared if squared > largest else largest
    return np.sqrt(largest)


@kernel
def _colour_pixels(flow, scale, rgb):
    hues = np.empty(_BATCH, np.float32)
    radii = np.empty(_BATCH, np.float32)
    for begin in range(0, len(flow), _BATCH):
        count = min(_BATCH, len(flow) - begin)
        _measure(flow, begin, count, scale, hues, radii)
        for i in range(count):
            u = flow[begin + i, 0]
            v = flow[begin + i, 1]
            if abs(u) <= _UNKNOWN and abs(v) <= _UNKNOWN:
                _paint(hues[i], radii[i], rgb[begin + i])
            else:
                rgb[begin + i, 0] = rgb[begin + i, 1] = rgb[begin + i, 2] = 0


def colour_flow(flow: NDArray[np.float32], max_flow: float, rgb: NDArray[np.uint8]) -> None:
    """Write the (H, W, 3) uint8 RGB picture of (H, W, 2) float32."""
    longest = np.float32(max_flow)
    scale = _ONE / longest if longest > 0 else np.float32(0)
    _colour_pixels(flow.reshape(-1, 2), scale, rgb.reshape(-1, 3))
