"""Triangles made ready for the row sweep (mirrors ``cpp/src/facets.cpp``)."""

from __future__ import annotations

import numpy as np

from faceflow.compile import inner
from faceflow.flow._numba.triangle import GRID, orientation, snap
from faceflow.flow._numba.vector import put_columns

# A facet is a row of `facets` (F, 7) int32: its corners by row, first row, row after the last,
# whether it needs care, and where the image's row 0 would be in the table of columns. Its plane is
# a row of `planes` (F, 8): origin, down and across, u and v each, then x0 and y0. Functions take
# the arrays and an index, as views and tuples of arrays would be reference-counted in the loops.

_BLOCK = 8
_FASTEST = 128.0
_THINNEST = 1e-5


@inner
def make_corners(source, target, corners):
    """(N, 4): x and y on the grid, u and v."""
    for i in range(len(source)):
        corners[i, 0] = snap(source[i, 0])
        corners[i, 1] = snap(source[i, 1])
        corners[i, 2] = target[i, 0] - source[i, 0]
        corners[i, 3] = target[i, 1] - source[i, 1]


@inner
def _first_row(y, limit):
    clamped = min(max(y / GRID, 0.0), limit)
    whole = int(clamped)
    return whole + 1 if clamped > whole else whole


@inner
def _ordered(corners, a, b):
    if corners[b, 1] != corners[a, 1]:
        swap = corners[b, 1] < corners[a, 1]
    else:
        swap = corners[b, 0] < corners[a, 0]
    return (b, a) if swap else (a, b)


@inner
def _fast(corners, i):
    return abs(corners[i, 2]) > _FASTEST or abs(corners[i, 3]) > _FASTEST


@inner
def _needs_care(corners, a, b, c):
    bx = corners[b, 0] - corners[a, 0]
    by = corners[b, 1] - corners[a, 1]
    cx = corners[c, 0] - corners[a, 0]
    cy = corners[c, 1] - corners[a, 1]
    longest = max(
        bx * bx + by * by,
        cx * cx + cy * cy,
        (cx - bx) * (cx - bx) + (cy - by) * (cy - by),
    )
    return (
        abs(bx * cy - by * cx) < _THINNEST * longest
        or _fast(corners, a)
        or _fast(corners, b)
        or _fast(corners, c)
    )


@inner
def list_facets(corners, triangles, height, width, facets):
    """Return how many facets there are, and how many rows their tables need."""
    count = 0
    total = 0
    for i in range(len(triangles)):
        a, b, c = triangles[i, 0], triangles[i, 1], triangles[i, 2]
        a, b = _ordered(corners, a, b)
        b, c = _ordered(corners, b, c)
        a, b = _ordered(corners, a, b)
        top = _first_row(corners[a, 1], float(height))
        bottom = _first_row(corners[c, 1], float(height))
        ax, bx, cx = corners[a, 0], corners[b, 0], corners[c, 0]
        if top >= bottom or max(ax, bx, cx) < 0.0 or min(ax, bx, cx) > width * GRID:
            continue
        if orientation(ax, corners[a, 1], bx, corners[b, 1], cx, corners[c, 1]) == 0:
            continue
        facets[count, 0] = a
        facets[count, 1] = b
        facets[count, 2] = c
        facets[count, 3] = top
        facets[count, 4] = bottom
        facets[count, 5] = _needs_care(corners, a, b, c)
        facets[count, 6] = total - top
        total += bottom - top + _BLOCK
        count += 1
    return count, total


@inner
def link_facets(facets, count, first_in_row, next_in_row, endings):
    first_in_row[:] = -1
    endings[:] = 0
    for i in range(count - 1, -1, -1):
        top = facets[i, 3]
        next_in_row[i] = first_in_row[top]
        first_in_row[top] = i
        endings[facets[i, 4]] += 1


@inner
def _settle_columns(ux, uy, lx, ly, begin, end, width, tolerance, columns, side, at):
    slope = (lx - ux) / (ly - uy)
    for row in range(begin, end):
        x = ux / GRID + (row - uy / GRID) * slope
        nearest = np.floor(x + 0.5)
        column = int(min(max(np.ceil(x), 0.0), float(width)))
        if abs(x - nearest) <= tolerance and nearest >= 0.0 and nearest < width:
            right_or_on = orientation(ux, uy, lx, ly, nearest * GRID, row * GRID) <= 0
            column = int(nearest) if right_or_on else int(nearest) + 1
        columns[side, at + row] = column


@inner
def _edge_columns(corners, upper, lower, begin, end, width, columns, side, at):
    ux, uy = corners[upper, 0], corners[upper, 1]
    lx, ly = corners[lower, 0], corners[lower, 1]
    x0 = ux / GRID
    slope = (lx - ux) / (ly - uy)
    first = np.float32(x0 + (begin - uy / GRID) * slope)
    step = np.float32(slope)
    reach = abs(x0) + abs(lx / GRID)
    tolerance = np.float32(3e-7 * (reach + 1.0))
    rightmost = np.float32(width - 0.5)
    place = side * columns.shape[1] + at + begin
    doubtful = 0
    for i in range(0, end - begin, _BLOCK):
        number = np.float32(i)
        doubtful |= put_columns(columns, place + i, first, step, number, rightmost, tolerance)
    if doubtful:
        margin = 1e-14 * (reach + 1.0)
        _settle_columns(ux, uy, lx, ly, begin, end, width, margin, columns, side, at)


@inner
def _fit_plane(corners, a, b, c, planes, facet):
    bx = corners[b, 0] - corners[a, 0]
    by = corners[b, 1] - corners[a, 1]
    cx = corners[c, 0] - corners[a, 0]
    cy = corners[c, 1] - corners[a, 1]
    scale = GRID / (bx * cy - by * cx)
    for axis in range(2):
        origin = corners[a, 2 + axis]
        b_change = corners[b, 2 + axis] - origin
        c_change = corners[c, 2 + axis] - origin
        planes[facet, axis] = origin
        planes[facet, 2 + axis] = (c_change * bx - b_change * cx) * scale
        planes[facet, 4 + axis] = (b_change * cy - c_change * by) * scale
    planes[facet, 6] = corners[a, 0] / GRID
    planes[facet, 7] = corners[a, 1] / GRID


@inner
def plane_at(planes, facet, x, y):
    dy = y - planes[facet, 7]
    dx = x - planes[facet, 6]
    u = (planes[facet, 0] + planes[facet, 2] * dy) + planes[facet, 4] * dx
    v = (planes[facet, 1] + planes[facet, 3] * dy) + planes[facet, 5] * dx
    return np.float32(u), np.float32(v)


@inner
def trace(corners, facets, facet, height, width, columns, planes):
    """Fit the facet's plane and fill its rows in the table of columns."""
    a, b, c = facets[facet, 0], facets[facet, 1], facets[facet, 2]
    top, bottom, at = facets[facet, 3], facets[facet, 4], facets[facet, 6]
    ax, ay = corners[a, 0], corners[a, 1]
    bx, by = corners[b, 0], corners[b, 1]
    cx, cy = corners[c, 0], corners[c, 1]
    short_side = 1 if orientation(ax, ay, cx, cy, bx, by) < 0 else 0
    middle = _first_row(by, float(height))
    _edge_columns(corners, a, c, top, bottom, width, columns, 1 - short_side, at)
    _edge_columns(corners, a, b, top, middle, width, columns, short_side, at)
    _edge_columns(corners, b, c, middle, bottom, width, columns, short_side, at)
    _fit_plane(corners, a, b, c, planes, facet)
