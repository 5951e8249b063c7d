"""Triangles made ready for the row sweep (mirrors ``cpp/src/facets.cpp``)."""

from __future__ import annotations

import numpy as np

from faceflow.flow._numba.compile import kernel
from faceflow.flow._numba.triangle import GRID, orientation, snap

_BLOCK = 8
_FASTEST = 128.0
_THINNEST = 1e-5


@kernel
def make_corners(source, target):
    """(N, 4): x and y on the grid, u and v."""
    corners = np.empty((len(source), 4))
    for i in range(len(source)):
        corners[i, 0] = snap(source[i, 0])
        corners[i, 1] = snap(source[i, 1])
        corners[i, 2] = target[i, 0] - source[i, 0]
        corners[i, 3] = target[i, 1] - source[i, 1]
    return corners


@kernel
def _first_row(y, limit):
    clamped = min(max(y / GRID, 0.0), limit)
    whole = int(clamped)
    return whole + 1 if clamped > whole else whole


@kernel
def _ordered(corners, a, b):
    if corners[b, 1] != corners[a, 1]:
        swap = corners[b, 1] < corners[a, 1]
    else:
        swap = corners[b, 0] < corners[a, 0]
    return (b, a) if swap else (a, b)


@kernel
def _fast(corners, i):
    return abs(corners[i, 2]) > _FASTEST or abs(corners[i, 3]) > _FASTEST


@kernel
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


@kernel
def list_facets(corners, triangles, height, width):
    """(F, 7) int64: corners by row, first row, row after the last, careful, place in the tables."""
    facets = np.empty((len(triangles), 7), np.int64)
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
        facets[count, 6] = total
        total += bottom - top + _BLOCK
        count += 1
    return facets[:count], total


@kernel
def _settle_columns(ux, uy, lx, ly, begin, end, width, tolerance, columns):
    slope = (lx - ux) / (ly - uy)
    for row in range(begin, end):
        x = ux / GRID + (row - uy / GRID) * slope
        nearest = np.floor(x + 0.5)
        column = int(min(max(np.ceil(x), 0.0), float(width)))
        if abs(x - nearest) <= tolerance and nearest >= 0.0 and nearest < width:
            right_or_on = orientation(ux, uy, lx, ly, nearest * GRID, row * GRID) <= 0
            column = int(nearest) if right_or_on else int(nearest) + 1
        columns[row - begin] = column


@kernel
def _edge_columns(corners, upper, lower, begin, end, width, columns):
    if begin >= end:
        return
    ux, uy = corners[upper, 0], corners[upper, 1]
    lx, ly = corners[lower, 0], corners[lower, 1]
    x0 = ux / GRID
    slope = (lx - ux) / (ly - uy)
    first = np.float32(x0 + (begin - uy / GRID) * slope)
    step = np.float32(slope)
    reach = abs(x0) + abs(lx / GRID)
    tolerance = np.float32(3e-7 * (reach + 1.0))
    leftmost = np.float32(-0.5)
    rightmost = np.float32(width - 0.5)
    one = np.float32(1.0)
    doubtful = 0
    padded = (end - begin + _BLOCK - 1) // _BLOCK * _BLOCK
    for i in range(padded):
        x = first + np.float32(np.int32(i)) * step
        x = leftmost if x < leftmost else x
        x = rightmost if x > rightmost else x
        whole = np.int32(x)
        part = x - np.float32(whole)
        columns[i] = whole + np.int32(part > 0)
        doubtful |= np.int32(abs(part) <= tolerance) | np.int32(part >= one - tolerance)
    if doubtful:
        _settle_columns(ux, uy, lx, ly, begin, end, width, 1e-14 * (reach + 1.0), columns)


@kernel
def _fit_plane(corners, a, b, c):
    bx = corners[b, 0] - corners[a, 0]
    by = corners[b, 1] - corners[a, 1]
    cx = corners[c, 0] - corners[a, 0]
    cy = corners[c, 1] - corners[a, 1]
    scale = GRID / (bx * cy - by * cx)
    bu = corners[b, 2] - corners[a, 2]
    bv = corners[b, 3] - corners[a, 3]
    cu = corners[c, 2] - corners[a, 2]
    cv = corners[c, 3] - corners[a, 3]
    across = ((bu * cy - cu * by) * scale, (bv * cy - cv * by) * scale)
    down = ((cu * bx - bu * cx) * scale, (cv * bx - bv * cx) * scale)
    return across, down


@kernel
def trace(corners, facet, height, width, begins, ends, starts):
    """Fill the facet's rows in the tables; return the flow's change from a column to the next."""
    a, b, c, top, bottom, _, at = facet
    facet_begins = begins[at:]
    facet_ends = ends[at:]
    middle_on_right = (
        orientation(
            corners[a, 0], corners[a, 1], corners[c, 0], corners[c, 1], corners[b, 0], corners[b, 1]
        )
        < 0
    )
    long_side = facet_begins if middle_on_right else facet_ends
    short_side = facet_ends if middle_on_right else facet_begins
    middle = _first_row(corners[b, 1], float(height))
    _edge_columns(corners, a, c, top, bottom, width, long_side)
    _edge_columns(corners, a, b, top, middle, width, short_side)
    _edge_columns(corners, b, c, middle, bottom, width, short_side[middle - top :])

    (across_u, across_v), (down_u, down_v) = _fit_plane(corners, a, b, c)
    x0, y0 = corners[a, 0] / GRID, corners[a, 1] / GRID
    u0, v0 = corners[a, 2], corners[a, 3]
    for i in range(bottom - top):
        dx = facet_begins[i] - x0
        dy = top + i - y0
        starts[at + i, 0] = np.float32((u0 + down_u * dy) + across_u * dx)
        starts[at + i, 1] = np.float32((v0 + down_v * dy) + across_v * dx)
    return np.float32(across_u), np.float32(across_v)
