"""Piecewise-affine flow, row by row (mirrors ``cpp/src/synthesis.cpp``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.flow._numba.compile import kernel
from faceflow.flow._numba.facets import list_facets, make_corners, trace
from faceflow.flow._numba.triangle import GRID, doubled_area, orientation, snap

# Facets that cross the row, in the order of the row above: `members`, and `places`, their rows in
# the tables.


@kernel
def _sort_crossings(begins, first, count, places, members):
    for n in range(first, count):
        place_n, member = places[n], members[n]
        begin = begins[place_n]
        m = n
        while m > 0 and begins[places[m - 1]] > begin:
            places[m] = places[m - 1]
            members[m] = members[m - 1]
            m -= 1
        places[m] = place_n
        members[m] = member


@kernel
def _write_ordered(row, fill, count, places, members, facets, begins, ends, starts, steps):
    cursor = 0
    width = len(row) // 2
    for n in range(count):
        at = places[n]
        begin = begins[at]
        end = ends[at]
        if begin >= end:
            continue
        facet = members[n]
        if begin < cursor or facets[facet, 5]:
            return False
        for x in range(2 * cursor, 2 * begin):
            row[x] = fill
        u, v = starts[at, 0], starts[at, 1]
        du, dv = steps[facet, 0], steps[facet, 1]
        for i in range(end - begin):
            offset = np.float32(np.int32(i))
            row[2 * (begin + i)] = u + du * offset
            row[2 * (begin + i) + 1] = v + dv * offset
        cursor = end
    for x in range(2 * cursor, 2 * width):
        row[x] = fill
    return True


@kernel
def _interpolate(corners, facet, column, line):
    a, b, c = facet[0], facet[1], facet[2]
    ax, ay = corners[a, 0], corners[a, 1]
    bx, by = corners[b, 0], corners[b, 1]
    cx, cy = corners[c, 0], corners[c, 1]
    x = column * GRID
    y = line * GRID
    wa = doubled_area(x, y, bx, by, cx, cy)
    wb = doubled_area(ax, ay, x, y, cx, cy)
    wc = doubled_area(ax, ay, bx, by, x, y)
    total = (wa + wb) + wc
    u = ((corners[a, 2] * wa + corners[b, 2] * wb) + corners[c, 2] * wc) / total
    v = ((corners[a, 3] * wa + corners[b, 3] * wb) + corners[c, 3] * wc) / total
    return np.float32(u), np.float32(v)


@kernel
def _write_any(
    row, line, fill, count, places, members, corners, facets, begins, ends, starts, steps, owner
):
    owner[:] = -1
    for n in range(count):
        for x in range(begins[places[n]], ends[places[n]]):
            if owner[x] < 0 or members[n] < members[owner[x]]:
                owner[x] = n
    for x in range(len(owner)):
        n = owner[x]
        if n < 0:
            row[2 * x] = fill
            row[2 * x + 1] = fill
            continue
        at, facet = places[n], members[n]
        if facets[facet, 5]:
            row[2 * x], row[2 * x + 1] = _interpolate(corners, facets[facet], x, line)
        else:
            offset = np.float32(x - begins[at])
            row[2 * x] = starts[at, 0] + steps[facet, 0] * offset
            row[2 * x + 1] = starts[at, 1] + steps[facet, 1] * offset


@kernel
def _synthesize_pair(source, target, triangles, fill, flow, valid):
    height, width = flow.shape[0], flow.shape[1] // 2
    corners = make_corners(source, target)
    facets, total = list_facets(corners, triangles, height, width)
    begins = np.empty(total, np.int32)
    ends = np.empty(total, np.int32)
    starts = np.empty((total, 2), np.float32)
    steps = np.empty((len(facets), 2), np.float32)
    first_in_row = np.full(height, -1, np.int32)
    next_in_row = np.empty(len(facets), np.int32)
    for i in range(len(facets) - 1, -1, -1):
        next_in_row[i] = first_in_row[facets[i, 3]]
        first_in_row[facets[i, 3]] = i
    places = np.empty(len(facets), np.int64)
    members = np.empty(len(facets), np.int64)
    owner = np.empty(width, np.int32)
    count = 0
    for line in range(height):
        kept = 0
        for n in range(count):
            if facets[members[n], 4] > line:
                places[kept] = places[n] + 1
                members[kept] = members[n]
                kept += 1
        count = kept
        facet = first_in_row[line]
        while facet >= 0:
            steps[facet, 0], steps[facet, 1] = trace(
                corners, facets[facet], height, width, begins, ends, starts
            )
            places[count] = facets[facet, 6]
            members[count] = facet
            count += 1
            facet = next_in_row[facet]
        _sort_crossings(begins, kept, count, places, members)
        row = flow[line]
        if not _write_ordered(
            row, fill, count, places, members, facets, begins, ends, starts, steps
        ):
            _sort_crossings(begins, 1, count, places, members)
            if not _write_ordered(
                row, fill, count, places, members, facets, begins, ends, starts, steps
            ):
                _write_any(
                    row,
                    line,
                    fill,
                    count,
                    places,
                    members,
                    corners,
                    facets,
                    begins,
                    ends,
                    starts,
                    steps,
                    owner,
                )
        if valid.shape[0] > 0:
            valid[line] = False
            for n in range(count):
                valid[line, begins[places[n]] : ends[places[n]]] = True


@kernel
def _synthesize_pairs(source, target, triangles, fill, flow, valid):
    for pair in range(len(source)):
        mask = valid[pair] if len(valid) > 0 else valid[:, 0, :][:0]
        _synthesize_pair(source[pair], target[pair], triangles, fill, flow[pair], mask)


def synthesize(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int32],
    fill: float,
    flow: NDArray[np.float32],
    valid: NDArray[np.bool_] | None,
) -> None:
    """Write the flow (B, H, W, 2) float32, and the mask (B, H, W) bool if given, of B pairs."""
    pairs, height, width = flow.shape[:3]
    mask = np.empty((0, 1, 1), np.bool_) if valid is None else valid
    lines = flow.reshape(pairs, height, 2 * width)
    _synthesize_pairs(source, target, triangles, np.float32(fill), lines, mask)


@kernel
def _turn(points, triangle):
    a, b, c = triangle[0], triangle[1], triangle[2]
    return orientation(
        snap(points[a, 0]),
        snap(points[a, 1]),
        snap(points[b, 0]),
        snap(points[b, 1]),
        snap(points[c, 0]),
        snap(points[c, 1]),
    )


@kernel
def flipped_triangles(source, target, triangles):
    """(B, M) bool: orientation reversed from source to target."""
    flipped = np.empty((len(source), len(triangles)), np.bool_)
    for pair in range(len(source)):
        for i in range(len(triangles)):
            before = _turn(source[pair], triangles[i])
            flipped[pair, i] = before * _turn(target[pair], triangles[i]) < 0
    return flipped
