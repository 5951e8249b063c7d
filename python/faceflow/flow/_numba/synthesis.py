"""Piecewise-affine flow, row by row (mirrors ``cpp/src/synthesis.cpp``)."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.flow._numba.compile import kernel
from faceflow.flow._numba.facets import (
    link_facets,
    list_facets,
    make_corners,
    plane_at,
    trace,
)
from faceflow.flow._numba.triangle import GRID, doubled_area, orientation, snap
from faceflow.flow._numba.vector import put_affine, put_constant

# An image is (flow, valid, width, pixels, fill, skew): its pixels row after row as (u, v, u, v, ...),
# its mask, which is empty where none is wanted, and how many floats `flow` begins past a multiple
# of 32 bytes. Progress is two numbers, of pixels: `done`, and `marked` in the mask.

_HEAD = 16


@kernel
def _fill_flow(flow, at, last, fill, skew):
    if last - at < 8:
        for i in range(at, last):
            flow[i] = fill
        return
    put_constant(flow, at, fill)
    at += 8 - (at + skew) % 8
    while last - at >= 32:
        put_constant(flow, at, fill)
        put_constant(flow, at + 8, fill)
        put_constant(flow, at + 16, fill)
        put_constant(flow, at + 24, fill)
        at += 32
    while last - at >= 8:
        put_constant(flow, at, fill)
        at += 8
    put_constant(flow, last - 8, fill)


@kernel
def _mark(valid, begin, end, value):
    if len(valid) > 0:
        for i in range(begin, end):
            valid[i] = value


@kernel
def _write_outside(image, done, marked, end):
    flow, valid, _, _, fill, skew = image
    _fill_flow(flow, 2 * done, 2 * end, fill, skew)
    _mark(valid, marked, done, True)
    _mark(valid, done, end, False)


@kernel
def _write_affine(image, begin, end, u, v, du, dv):
    flow, pixels = image[0], image[3]
    if end + _HEAD > pixels:
        for i in range(end - begin):
            offset = np.float32(i)
            flow[2 * (begin + i)] = u + du * offset
            flow[2 * (begin + i) + 1] = v + dv * offset
        return
    put_affine(flow, 2 * begin, u, v, du, dv, np.float32(0))
    put_affine(flow, 2 * begin + 8, u, v, du, dv, np.float32(4))
    put_affine(flow, 2 * begin + 16, u, v, du, dv, np.float32(8))
    put_affine(flow, 2 * begin + 24, u, v, du, dv, np.float32(12))
    for i in range(_HEAD, end - begin, 4):
        put_affine(flow, 2 * (begin + i), u, v, du, dv, np.float32(i))


@kernel
def _write_ordered(image, row, crossings, count, facets, columns, planes, done, marked):
    origin = row * image[2]
    y = float(row)
    for n in range(count):
        facet = crossings[n]
        at = facets[facet, 6] + row
        left = columns[0, at]
        right = columns[1, at]
        if left >= right:
            continue
        begin = origin + left
        if begin != done:
            if begin < done:
                return False, done, marked
            _write_outside(image, done, marked, begin)
            marked = begin
        done = origin + right
        plane = planes[facet]
        u, v = plane_at(plane, left, y)
        _write_affine(image, begin, done, u, v, np.float32(plane[4]), np.float32(plane[5]))
    return True, done, marked


@kernel
def _return_to(image, row, done, marked):
    origin = row * image[2]
    if done < origin:
        _write_outside(image, done, marked, origin)
        marked = origin
    return origin, min(marked, origin)


@kernel
def _interpolate(corners, facet, column, row):
    a, b, c = facet[0], facet[1], facet[2]
    ax, ay = corners[a, 0], corners[a, 1]
    bx, by = corners[b, 0], corners[b, 1]
    cx, cy = corners[c, 0], corners[c, 1]
    x = column * GRID
    y = row * GRID
    wa = doubled_area(x, y, bx, by, cx, cy)
    wb = doubled_area(ax, ay, x, y, cx, cy)
    wc = doubled_area(ax, ay, bx, by, x, y)
    total = (wa + wb) + wc
    u = ((corners[a, 2] * wa + corners[b, 2] * wb) + corners[c, 2] * wc) / total
    v = ((corners[a, 3] * wa + corners[b, 3] * wb) + corners[c, 3] * wc) / total
    return np.float32(u), np.float32(v)


@kernel
def _write_any(image, row, crossings, count, corners, facets, columns, planes, owner):
    flow, valid, width, _, fill, _ = image
    owner[:] = -1
    for n in range(count):
        facet = crossings[n]
        at = facets[facet, 6] + row
        for x in range(columns[0, at], columns[1, at]):
            if owner[x] < 0 or facet < owner[x]:
                owner[x] = facet
    for x in range(width):
        facet = owner[x]
        u, v = fill, fill
        if facet >= 0:
            if facets[facet, 5]:
                u, v = _interpolate(corners, facets[facet], x, row)
            else:
                begin = columns[0, facets[facet, 6] + row]
                offset = np.float32(x - begin)
                u, v = plane_at(planes[facet], begin, float(row))
                u += np.float32(planes[facet, 4]) * offset
                v += np.float32(planes[facet, 5]) * offset
        at = row * width + x
        flow[2 * at] = u
        flow[2 * at + 1] = v
        _mark(valid, at, at + 1, facet >= 0)


@kernel
def _sort_crossings(row, first, count, crossings, facets, columns):
    for n in range(first, count):
        facet = crossings[n]
        begin = columns[0, facets[facet, 6] + row]
        place = n
        while place > 0 and columns[0, facets[crossings[place - 1], 6] + row] > begin:
            crossings[place] = crossings[place - 1]
            place -= 1
        crossings[place] = facet


@kernel
def _drop_ended(row, crossings, count, facets):
    kept = 0
    for n in range(count):
        if facets[crossings[n], 4] > row:
            crossings[kept] = crossings[n]
            kept += 1
    return kept


@kernel
def _any_careful(crossings, count, facets):
    for n in range(count):
        if facets[crossings[n], 5]:
            return True
    return False


@kernel
def _write_rows(image, height, corners, facets, columns, scratch):
    planes, first_in_row, next_in_row, crossings, owner = scratch
    width = image[2]
    done = marked = count = 0
    careful = False
    for row in range(height):
        kept = _drop_ended(row, crossings, count, facets)
        changed = kept < count
        count = kept
        facet = first_in_row[row]
        while facet >= 0:
            trace(corners, facets[facet], height, width, columns, planes[facet])
            crossings[count] = facet
            count += 1
            facet = next_in_row[facet]
        if changed or count > kept:
            _sort_crossings(row, kept, count, crossings, facets, columns)
            careful = _any_careful(crossings, count, facets)
        ordered = False
        if not careful:
            ordered, done, marked = _write_ordered(
                image, row, crossings, count, facets, columns, planes, done, marked
            )
            if not ordered:
                done, marked = _return_to(image, row, done, marked)
                _sort_crossings(row, 1, count, crossings, facets, columns)
                ordered, done, marked = _write_ordered(
                    image, row, crossings, count, facets, columns, planes, done, marked
                )
        if not ordered:
            done, marked = _return_to(image, row, done, marked)
            _mark(image[1], marked, done, True)
            _write_any(image, row, crossings, count, corners, facets, columns, planes, owner)
            done = marked = (row + 1) * width
    _write_outside(image, done, marked, image[3])


@kernel
def _synthesize_pairs(source, target, triangles, fill, height, width, flow, valid):
    size = len(triangles)
    corners = np.empty((source.shape[1], 4))
    facets = np.empty((size, 7), np.int32)
    next_in_row = np.empty(size, np.int32)
    columns = np.empty((2, 0), np.int32)
    scratch = (
        np.empty((size, 8)),
        np.empty(height, np.int32),
        next_in_row,
        np.empty(size, np.int32),
        np.empty(width, np.int32),
    )
    for pair in range(len(source)):
        make_corners(source[pair], target[pair], corners)
        count, rows = list_facets(corners, triangles, height, width, facets)
        link_facets(facets, count, scratch[1], next_in_row)
        if rows > columns.shape[1]:
            columns = np.empty((2, rows), np.int32)
        skew = flow[pair].ctypes.data // 4 % 8
        image = (flow[pair], valid[pair % len(valid)], width, height * width, fill, skew)
        _write_rows(image, height, corners, facets, columns, scratch)


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
    mask = np.empty((1, 0), np.bool_) if valid is None else valid.reshape(pairs, height * width)
    lines = flow.reshape(pairs, 2 * height * width)
    _synthesize_pairs(source, target, triangles, np.float32(fill), height, width, lines, mask)


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
