"""A deliberately naive reference: whole numbers and fractions, one pixel and triangle at a time.

It shares no code, no order of work and no floating-point arithmetic with the kernels.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

GRID = 2**24


def on_grid(points: np.ndarray) -> list[tuple[int, int]]:
    """Landmarks as whole multiples of 2^-24 px, which is where the kernels see them."""
    return [(round(Fraction(float(x)) * GRID), round(Fraction(float(y)) * GRID)) for x, y in points]


def doubled_area(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def is_top_or_left(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Of an edge a -> b that has its triangle to the right of it on a screen."""
    return (a[1] == b[1] and b[0] > a[0]) or b[1] < a[1]


def covers(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], p: tuple[int, int]) -> bool:
    area = doubled_area(a, b, c)
    if area == 0:
        return False
    if area < 0:
        b, c = c, b
    for start, end in ((a, b), (b, c), (c, a)):
        side = doubled_area(start, end, p)
        if side < 0 or (side == 0 and not is_top_or_left(start, end)):
            return False
    return True


def interpolate(
    corners: list[tuple[int, int]], values: list[Fraction], p: tuple[int, int]
) -> float:
    a, b, c = corners
    weights = (doubled_area(p, b, c), doubled_area(a, p, c), doubled_area(a, b, p))
    total = sum(Fraction(w) * value for w, value in zip(weights, values, strict=True))
    return float(total / doubled_area(a, b, c))


def synthesize(
    src: np.ndarray, dst: np.ndarray, size: tuple[int, int], triangles: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Flow (H, W, 2) float64, NaN outside, and how many triangles cover each pixel (H, W)."""
    points = on_grid(src)
    moves = [
        [Fraction(float(t)) - Fraction(float(s)) for s, t in zip(a, b, strict=True)]
        for a, b in zip(src, dst, strict=True)
    ]
    flow = np.full((*size, 2), np.nan)
    cover = np.zeros(size, int)
    for y in range(size[0]):
        for x in range(size[1]):
            p = (x * GRID, y * GRID)
            for triangle in triangles.tolist():
                corners = [points[i] for i in triangle]
                if not covers(*corners, p):
                    continue
                cover[y, x] += 1
                if cover[y, x] == 1:
                    for axis in range(2):
                        values = [moves[i][axis] for i in triangle]
                        flow[y, x, axis] = interpolate(corners, values, p)
    return flow, cover
