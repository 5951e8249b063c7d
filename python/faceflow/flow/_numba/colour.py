"""Flow as a picture on the Middlebury wheel (mirrors ``cpp/src/colour.cpp``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.compile import inner, kernel

_HUES = 55
_UNKNOWN = np.float32(1e9)
_PI = np.float32(3.14159265)
_TINY = np.float32(1e-30)
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
_HALF = np.float32(0.5)
_FULL = np.float32(255.0)
_DARK = np.float32(0.75)
_LAST = np.float32(_HUES - 1)
_HALF_TURN = _HALF * _LAST
_BATCH = 64
_ATAN = tuple(np.float32(c) for c in (0.99986600, -0.33029950, 0.18014100, -0.08513300, 0.02083510))


def _make_wheel() -> NDArray[np.float32]:
    """(hues, 6): what each lacks of white, 0 to 255, and how that changes to the next hue."""
    # hues of the segment, the channel at 255, the channel that changes, and whether it rises
    segments = (
        (15, 0, 1, True),
        (6, 1, 0, False),
        (4, 1, 2, True),
        (11, 2, 1, False),
        (13, 2, 0, True),
        (6, 0, 2, False),
    )
    missing = np.full((_HUES, 3), 255, np.float32)
    hue = 0
    for hues, full, ramping, rising in segments:
        for i in range(hues):
            level = 255 * i // hues
            missing[hue, full] = 0
            missing[hue, ramping] = 255 - level if rising else level
            hue += 1
    return np.hstack([missing, np.roll(missing, -1, axis=0) - missing])


_WHEEL = _make_wheel()


@inner
def _hue_of(u, v):
    x = abs(u)
    y = abs(v)
    longer = x if x > y else y
    shorter = y if x > y else x
    t = shorter / (longer + _TINY)
    s = t * t
    acute = t * (_ATAN[0] + s * (_ATAN[1] + s * (_ATAN[2] + s * (_ATAN[3] + s * _ATAN[4]))))
    upper = acute if x > y else _HALF * _PI - acute
    above = _PI - upper if u > 0 else upper
    angle = -above if v >= 0 else above
    hue = _HALF_TURN + angle * (_HALF_TURN / _PI)
    least = _ZERO if hue < 0 else hue
    return _LAST if least > _LAST else least


@inner
def _measure(flow, max_flow, hues, tops, weights):
    # Flat, as LLVM does not vectorise a loop over rows whose length it does not know.
    for i in range(len(flow) // 2):
        flow_u = flow[2 * i]
        flow_v = flow[2 * i + 1]
        known = (abs(flow_u) <= _UNKNOWN) & (abs(flow_v) <= _UNKNOWN)
        u = flow_u if known else _ZERO
        v = flow_v if known else _ZERO
        radius = np.sqrt(u * u + v * v) / max_flow
        near = radius <= _ONE
        top = _FULL if near else _DARK * _FULL
        weight = radius if near else _DARK
        hues[i] = _hue_of(u, v)
        tops[i] = top if known else _ZERO
        weights[i] = weight if known else _ZERO


@inner
def _paint(hues, tops, weights, rgb):
    for i in range(len(rgb)):
        whole = np.uint32(hues[i])
        part = hues[i] - np.float32(whole)
        for c in range(3):
            missing = _WHEEL[whole, c] + part * _WHEEL[whole, c + 3]
            rgb[i, c] = np.uint8(np.int32(tops[i] - weights[i] * missing))


@inner
def _any_known(flow):
    known = 0
    for i in range(len(flow)):
        known |= np.int32(abs(flow[i]) <= _UNKNOWN)
    return known != 0


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
def _colour_pixels(flow, max_flow, rgb):
    hues = np.empty(_BATCH, np.float32)
    tops = np.empty(_BATCH, np.float32)
    weights = np.empty(_BATCH, np.float32)
    for begin in range(0, len(rgb), _BATCH):
        end = min(begin + _BATCH, len(rgb))
        if not _any_known(flow[2 * begin : 2 * end]):
            rgb[begin:end] = 0
            continue
        _measure(flow[2 * begin : 2 * end], max_flow, hues, tops, weights)
        _paint(hues, tops, weights, rgb[begin:end])


def colour_flow(flow: NDArray[np.float32], max_flow: float, rgb: NDArray[np.uint8]) -> None:
    """Write the (H, W, 3) uint8 RGB picture of (H, W, 2) float32."""
    _colour_pixels(flow.reshape(-1), np.float32(max_flow), rgb.reshape(-1, 3))
