"""Kernels of the motion that a flow leaves; mirrors ``cpp/src/local_motion.cpp``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.compile import inner, kernel

_f = np.float32

_FINE = np.array([0.499116421, 0.228512153, 0.021929644], _f)
_SLOW = np.array(
    [
        *(0.161003381, 0.148624852, 0.116912447, 0.0783687532),
        *(0.0447649434, 0.0217894372, 0.00903788581),
    ],
    _f,
)
_SMALL = np.array([0.53209728, 0.218751729, 0.0151996249], _f)
_MIDDLE = np.array([0.308665395, 0.229614034, 0.0945213586, 0.0215319078], _f)
_LARGE = np.array(
    [
        *(0.15528518, 0.144214064, 0.115515567, 0.0798047334),
        *(0.0475523546, 0.0244382825, 0.0108323973),
    ],
    _f,
)

_DAMPING = _f(3)
_LONGEST = _f(2)
_FARTHEST = _f(8)
_QUARTER, _HALF, _THREE_QUARTERS, _ONE = _f(0.25), _f(0.5), _f(0.75), _f(1)
_THREE_HALVES, _TWO, _FIVE_HALVES = _f(1.5), _f(2), _f(2.5)


@inner
def _blur(source, weights, lines, out):
    H, W = source.shape
    radius = len(weights) - 1
    for y in range(H):
        for x in range(W):
            lines[x] = weights[0] * source[y, x]
        for j in range(1, radius + 1):
            weight = weights[j]
            above, below = max(y - j, 0), min(y + j, H - 1)
            for x in range(W):
                lines[x] += weight * (source[above, x] + source[below, x])
        _blur_row(lines, weights, out[y])


@inner
def _blur_row(line, weights, out):
    W = len(out)
    radius = len(weights) - 1
    first = min(radius, W)
    last = max(W - radius, first)
    for x in range(W):
        if first <= x < last:
            continue
        total = weights[0] * line[x]
        for j in range(1, radius + 1):
            total += weights[j] * (line[max(x - j, 0)] + line[min(x + j, W - 1)])
        out[x] = total
    for x in range(first, last):
        out[x] = weights[0] * line[x]
    for j in range(1, radius + 1):
        weight = weights[j]
        for x in range(first, last):
            out[x] += weight * (line[x - j] + line[x + j])


@inner
def _subtract_doubled(low, plane):
    h, w = low.shape
    for y in range(2 * h):
        wy = _QUARTER if y % 2 == 1 else _THREE_QUARTERS
        top, bottom = max((y + 1) // 2 - 1, 0), min((y + 1) // 2, h - 1)
        for x in range(2 * w):
            wx = _QUARTER if x % 2 == 1 else _THREE_QUARTERS
            left, right = max((x + 1) // 2 - 1, 0), min((x + 1) // 2, w - 1)
            above = low[top, left] + wx * (low[top, right] - low[top, left])
            below = low[bottom, left] + wx * (low[bottom, right] - low[bottom, left])
            plane[y, x] -= above + wy * (below - above)


@inner
def _cubic_weights(f):
    return (
        ((-_HALF * f + _ONE) * f - _HALF) * f,
        (_THREE_HALVES * f - _FIVE_HALVES) * f * f + _ONE,
        ((-_THREE_HALVES * f + _TWO) * f + _HALF) * f,
        (_HALF * f - _HALF) * f * f,
    )


@inner
def _sample(plane, px, py):
    H, W = plane.shape
    x, y = int(px), int(py)
    a0, a1, a2, a3 = _cubic_weights(px - _f(x))
    d0, d1, d2, d3 = _cubic_weights(py - _f(y))
    x0, x2, x3 = max(x - 1, 0), min(x + 1, W - 1), min(x + 2, W - 1)
    y0, y2, y3 = max(y - 1, 0), min(y + 1, H - 1), min(y + 2, H - 1)
    s0 = a0 * plane[y0, x0] + a1 * plane[y0, x] + a2 * plane[y0, x2] + a3 * plane[y0, x3]
    s1 = a0 * plane[y, x0] + a1 * plane[y, x] + a2 * plane[y, x2] + a3 * plane[y, x3]
    s2 = a0 * plane[y2, x0] + a1 * plane[y2, x] + a2 * plane[y2, x2] + a3 * plane[y2, x3]
    s3 = a0 * plane[y3, x0] + a1 * plane[y3, x] + a2 * plane[y3, x2] + a3 * plane[y3, x3]
    return d0 * s0 + d1 * s1 + d2 * s2 + d3 * s3


@inner
def _align(first, second, flow, mean, difference):
    H, W = first.shape
    last_x, last_y = _f(W - 1), _f(H - 1)
    zero = _f(0)
    for y in range(H):
        for x in range(W):
            px = _f(x) + flow[y, x, 0]
            py = _f(y) + flow[y, x, 1]
            moved = first[y, x]
            if px >= zero and py >= zero and px <= last_x and py <= last_y:
                moved = _sample(second, px, py)
            mean[y, x] = _HALF * (first[y, x] + moved)
            difference[y, x] = moved - first[y, x]


@inner
def _multiply(mean, difference, lines, products):
    H, W = mean.shape
    for y in range(H):
        above, below = max(y - 1, 0), min(y + 1, H - 1)
        for x in range(W):
            gx = _HALF * (mean[y, min(x + 1, W - 1)] - mean[y, max(x - 1, 0)])
            gy = _HALF * (mean[below, x] - mean[above, x])
            t = difference[y, x]
            if y % 2 == 0:
                lines[0, x] = gx * gx
                lines[1, x] = gx * gy
                lines[2, x] = gy * gy
                lines[3, x] = gx * t
                lines[4, x] = gy * t
                lines[5, x] = t * t
            else:
                lines[0, x] += gx * gx
                lines[1, x] += gx * gy
                lines[2, x] += gy * gy
                lines[3, x] += gx * t
                lines[4, x] += gy * t
                lines[5, x] += t * t
        if y % 2 == 1:
            for k in range(6):
                for x in range(W // 2):
                    products[k, y // 2, x] = _QUARTER * (lines[k, 2 * x] + lines[k, 2 * x + 1])


@inner
def _clip(value, most):
    return min(max(value, -most), most)


@inner
def _write_blocks(grey, difference, flow, features):
    _, h, w = features.shape
    for y in range(h):
        for x in range(w):
            for i in range(4):
                row, column = 2 * y + i // 2, 2 * x + i % 2
                features[i, y, x] = grey[row, column] * _f(0.015625) - _TWO
                features[4 + i, y, x] = difference[row, column] * _f(0.125)
            for c in range(2):
                upper = flow[2 * y, 2 * x, c] + flow[2 * y, 2 * x + 1, c]
                lower = flow[2 * y + 1, 2 * x, c] + flow[2 * y + 1, 2 * x + 1, c]
                features[8 + c, y, x] = _clip(_f(0.0625) * (upper + lower), _FARTHEST)


@inner
def _strength(damped):
    return _HALF * np.sqrt(np.sqrt(damped)) - _ONE


@inner
def _solve(products, out):
    _, h, w = products.shape
    for y in range(h):
        for x in range(w):
            a = products[0, y, x] + _DAMPING
            b = products[1, y, x]
            c = products[2, y, x] + _DAMPING
            d = products[3, y, x]
            e = products[4, y, x]
            inverse = _ONE / (a * c - b * b)
            out[0, y, x] = _clip((b * e - c * d) * inverse, _LONGEST)
            out[1, y, x] = _clip((b * d - a * e) * inverse, _LONGEST)
            out[2, y, x] = _strength(a)
            out[3, y, x] = _strength(c)
            out[4, y, x] = b / np.sqrt(a * c)
            out[5, y, x] = _strength(products[5, y, x] + _DAMPING)


@kernel
def _grey_levels(rgb, grey):
    H, W = grey.shape
    for y in range(H):
        for x in range(W):
            grey[y, x] = (
                _f(0.299) * _f(rgb[y, x, 0])
                + _f(0.587) * _f(rgb[y, x, 1])
                + _f(0.114) * _f(rgb[y, x, 2])
            )


@kernel
def _halve(plane, half):
    h, w = half.shape
    for y in range(h):
        for x in range(w):
            upper = plane[2 * y, 2 * x] + plane[2 * y, 2 * x + 1]
            lower = plane[2 * y + 1, 2 * x] + plane[2 * y + 1, 2 * x + 1]
            half[y, x] = _QUARTER * (upper + lower)


@kernel
def _band_pass(grey, band):
    H, W = grey.shape
    line = np.empty(W, _f)
    low = np.empty((H // 2, W // 2), _f)
    slow = np.empty_like(low)
    _blur(grey, _FINE, line, band)
    _halve(band, low)
    _blur(low, _SLOW, line, slow)
    _subtract_doubled(slow, band)


@kernel
def _local_motion(grey, first, second, flow, features):
    H, W = grey.shape
    mean = np.empty((H, W), _f)
    difference = np.empty((H, W), _f)
    _align(first, second, flow, mean, difference)
    _write_blocks(grey, difference, flow, features)
    lines = np.empty((6, W), _f)
    products = np.empty((6, H // 2, W // 2), _f)
    blurred = np.empty_like(products)
    _multiply(mean, difference, lines, products)
    for window in range(3):
        weights = _SMALL if window == 0 else _MIDDLE if window == 1 else _LARGE
        for k in range(6):
            _blur(products[k], weights, lines[0], blurred[k])
        products, blurred = blurred, products
        _solve(products, features[10 + 6 * window : 16 + 6 * window])


def grey_levels(rgb: NDArray[np.uint8], grey: NDArray[np.float32]) -> None:
    """Write the grey levels (H, W) float32 of (H, W, 3) uint8 red-green-blue."""
    _grey_levels(rgb, grey)


def halve(plane: NDArray[np.float32], half: NDArray[np.float32]) -> None:
    """Write the means of 2x2 pixels of (H, W) float32 with even sides."""
    _halve(plane, half)


def band_pass(grey: NDArray[np.float32], band: NDArray[np.float32]) -> None:
    """Write the band of middle frequencies of (H, W) float32 with even sides."""
    _band_pass(grey, band)


def local_motion(
    grey: NDArray[np.float32],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    flow: NDArray[np.float32],
    features: NDArray[np.float32],
) -> None:
    """Write (28, H/2, W/2) float32: what the flow network sees; see the wrapper."""
    _local_motion(grey, first, second, flow, features)
