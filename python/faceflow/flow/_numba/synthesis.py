"""Piecewise-affine flow, row by row (mirrors ``cpp/src/synthesis.cpp``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceflow.compile import inlined, inner, kernel
from faceflow.flow._numba.facets import (
    link_facets,
    list_facets,
    make_corners,
    plane_at,
    trace,
)
from faceflow.flow._numba.triangle import GRID, doubled_area, orientation, snap
from faceflow.flow._numba.vector import put_affine, put_bytes, put_constant

# The image is `flow`, its pixels row after row as u, v, u, v, ..., and `valid`, empty where no mask
# is wanted. `skew` says how many floats `flow` begins past a multiple of 32 bytes. Progress
# is two numbers of pixels: `done` in the flow, and `marked` in the mask.

_HEAD = 16


@inner
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


@inner
def _write_outside(flow, valid, fill, skew, done, marked, end):
    _fill_flow(flow, 2 * done, 2 * end, fill, skew)
    if len(valid) > 0:
        put_bytes(valid, marked, done, 1)
        put_bytes(valid, done, end, 0)


@inlined
def _write_affine(flow, begin, end, u, v, du, dv):
    if 2 * (end + _HEAD) > len(flow):
        for i in range(end - begin):
            offset = np.float32(i)
            flow[2 * (begin + i)] = u + du * offset
            flow[2 * (begin + i) + 1] = v + dv * offset
        return
    put_affine(flow, 2 * begin, u, v, du, dv, np.float32(0))
    put_affine(flow, 2 * begin + 8, u, v, du, dv, np.float32(4))
    put_affine(flow, 2 * begin + 16, u, v, du, dv, np.float32(8))
    put_affine(flow, 2 * begin + 24, u, v, du, dv, np.float32(12))
    # Counted in floats, as LLVM would unroll a loop over integers, mostly too short for that.
    first = np.float32(_HEAD)
    while first < np.float32(end - begin):
        put_affine(flow, 2 * (begin + np.int64(first)), u, v, du, dv, first)
        first += np.float32(4)


@inner
def _write_ordered(
    flow, valid, fill, skew, row, width, crossings, count, facets, columns, planes, done, marked
):
    origin = row * width
    y = float(row)
    for n in range(count):
        # Unsigned, as an index that may be negative has to be checked for that.
        facet = np.uint32(crossings[n])
        at = np.uint64(facets[facet, 6] + row)
        left = columns[0, at]
        right = columns[1, at]
        if left >= right:
            continue
        begin = origin + left
        if begin != done:
            if begin < done:
                return False, done, marked
            _write_outside(flow, valid, fill, skew, done, marked, begin)
            marked = begin
        done = origin + right
        u, v = plane_at(planes, facet, left, y)
        du, dv = np.float32(planes[facet, 4]), np.float32(planes[facet, 5])
        _write_affine(flow, begin, done, u, v, du, dv)
    return True, done, marked


@inner
def _interpolate(corners, facets, facet, column, row):
    a, b, c = facets[facet, 0], facets[facet, 1], facets[facet, 2]
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


@inner
def _assign_owners(row, crossings, count, facets, columns, owner):
    owner[:] = -1
    for n in range(count):
        facet = crossings[n]
        at = facets[facet, 6] + row
        for x in range(columns[0, at], columns[1, at]):
            if owner[x] < 0 or facet < owner[x]:
                owner[x] = facet


@inner
def _return_to(flow, valid, fill, skew, origin, done, marked):
    if done < origin:
        _write_outside(flow, valid, fill, skew, done, marked, origin)
        marked = origin
    return origin, min(marked, origin)


@inner
def _write_any(flow, valid, fill, row, corners, facets, columns, planes, owner):
    for x in range(len(owner)):
        facet = owner[x]
        u, v = fill, fill
        if facet >= 0:
            if facets[facet, 5]:
                u, v = _interpolate(corners, facets, facet, x, row)
            else:
                begin = columns[0, facets[facet, 6] + row]
                offset = np.float32(x - begin)
                u, v = plane_at(planes, facet, begin, float(row))
                u += np.float32(planes[facet, 4]) * offset
                v += np.float32(planes[facet, 5]) * offset
        at = row * len(owner) + x
        flow[2 * at] = u
        flow[2 * at + 1] = v
        if len(valid) > 0:
            valid[at] = facet >= 0


@inner
def _sort_crossings(row, first, count, crossings, facets, columns):
    for n in range(first, count):
        facet = crossings[n]
        begin = columns[0, facets[facet, 6] + row]
        place = n
        while place > 0 and columns[0, facets[crossings[place - 1], 6] + row] > begin:
            crossings[place] = crossings[place - 1]
            place -= 1
        crossings[place] = facet


@inner
def _drop_ended(row, crossings, count, facets):
    kept = 0
    for n in range(count):
        if facets[crossings[n], 4] > row:
            crossings[kept] = crossings[n]
            kept += 1
    return kept


@inner
def _any_careful(crossings, count, facets):
    careful = False
    for n in range(count):
        careful |= facets[crossings[n], 5] != 0
    return careful


@inner
def _write_rows(
    flow,
    valid,
    fill,
    skew,
    height,
    corners,
    facets,
    first_in_row,
    next_in_row,
    endings,
    columns,
    planes,
    crossings,
    owner,
):
    width = len(owner)
    done = marked = count = 0
    careful = False
    for row in range(height):
        facet = first_in_row[row]
        changed = facet >= 0 or endings[row] > 0
        if endings[row] > 0:
            count = _drop_ended(row, crossings, count, facets)
        kept = count
        while facet >= 0:
            trace(corners, facets, facet, height, width, columns, planes)
            crossings[count] = facet
            count += 1
            facet = next_in_row[facet]
        if changed:
            _sort_crossings(row, kept, count, crossings, facets, columns)
            careful = _any_careful(crossings, count, facets)
        if count == 0:
            continue
        if not careful:
            ordered, done, marked = _write_ordered(
                flow, valid, fill, skew, row, width, crossings, count, facets, columns, planes,
                done, marked,
            )  # fmt: skip
            if ordered:
                continue
            done, marked = _return_to(flow, valid, fill, skew, row * width, done, marked)
            _sort_crossings(row, 1, count, crossings, facets, columns)
            ordered, done, marked = _write_ordered(
                flow, valid, fill, skew, row, width, crossings, count, facets, columns, planes,
                done, marked,
            )  # fmt: skip
            if ordered:
                continue
        done, marked = _return_to(flow, valid, fill, skew, row * width, done, marked)
        if len(valid) > 0:
            put_bytes(valid, marked, done, 1)
        _assign_owners(row, crossings, count, facets, columns, owner)
        _write_any(flow, valid, fill, row, corners, facets, columns, planes, owner)
        done = marked = (row + 1) * width
    _write_outside(flow, valid, fill, skew, done, marked, height * width)


@kernel
def _synthesize_pairs(source, target, triangles, fill, height, width, flow, valid):
    size = len(triangles)
    corners = np.empty((source.shape[1], 4))
    facets = np.empty((size, 7), np.int32)
    planes = np.empty((size, 8))
    first_in_row = np.empty(height, np.int32)
    next_in_row = np.empty(size, np.int32)
    endings = np.empty(height + 1, np.int32)
    columns = np.empty((2, 0), np.int32)
    crossings = np.empty(size, np.int32)
    owner = np.empty(width, np.int32)
    for pair in range(len(source)):
        make_corners(source[pair], target[pair], corners)
        count, rows = list_facets(corners, triangles, height, width, facets)
        link_facets(facets, count, first_in_row, next_in_row, endings)
        if rows > columns.shape[1]:
            columns = np.empty((2, rows), np.int32)
        skew = flow[pair].ctypes.data // 4 % 8
        _write_rows(
            flow[pair], valid[pair % len(valid)], fill, skew, height, corners, facets, first_in_row,
            next_in_row, endings, columns, planes, crossings, owner,
        )  # fmt: skip


def synthesize(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int32],
    fill: float,
    flow: NDArray[np.float32],
    valid: NDArray[np.bool_] | None,
) -> None:
    """Write the flow (B, H, W, 2) float32, and the mask (B, H, W) bool if given, of B pairs."""
    _check_indices(triangles, source.shape[1])
    pairs, height, width = flow.shape[:3]
    mask = np.empty((1, 0), np.uint8)
    if valid is not None:
        mask = valid.view(np.uint8).reshape(pairs, height * width)
    lines = flow.reshape(pairs, 2 * height * width)
    _synthesize_pairs(source, target, triangles, np.float32(fill), height, width, lines, mask)


def synthesize_each(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int32],
    fill: float,
    flows: list[NDArray[np.float32]],
    valids: list[NDArray[np.bool_]],
) -> None:
    """As `synthesize`, each pair to its own (H, W, 2) float32 and (H, W) bool."""
    if not len(flows) == len(valids) == len(source):
        raise ValueError("flows, valids: the kernel takes one for each pair")
    # A loop out here: memory that pairs would share costs less than numba's list of arrays.
    for pair, (flow, valid) in enumerate(zip(flows, valids, strict=True)):
        one = slice(pair, pair + 1)
        synthesize(source[one], target[one], triangles, fill, flow[None], valid[None])


def synthesize_weighed(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    triangles: NDArray[np.int32],
    elsewhere: float,
    outs: list[NDArray[np.float32]],
) -> None:
    """As `synthesize_each`, flow and weight to (H, W, 3) float32 (mirrors ``weight.cpp``)."""
    if len(outs) != len(source):
        raise ValueError("outs: the kernel takes one for each pair")
    flows = [np.empty((*out.shape[:2], 2), np.float32) for out in outs]
    valids = [np.empty(out.shape[:2], np.bool_) for out in outs]
    synthesize_each(source, target, triangles, 0.0, flows, valids)
    for out, flow, valid in zip(outs, flows, valids, strict=True):
        out[..., :2] = flow
        out[..., 2] = np.where(valid, np.float32(1), np.float32(elsewhere))


@inner
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
def _flipped(source, target, triangles):
    flipped = np.empty((len(source), len(triangles)), np.bool_)
    for pair in range(len(source)):
        for i in range(len(triangles)):
            before = _turn(source[pair], triangles[i])
            flipped[pair, i] = before * _turn(target[pair], triangles[i]) < 0
    return flipped


def flipped_triangles(
    source: NDArray[np.float64], target: NDArray[np.float64], triangles: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """(B, M) bool: orientation reversed from source to target."""
    _check_indices(triangles, source.shape[1])
    return _flipped(source, target, triangles)


@kernel
def _first_wrong_index(triangles, points):
    for i in range(len(triangles)):
        for corner in range(3):
            index = triangles[i, corner]
            if index < 0 or index >= points:
                return index
    return np.int32(0)


def _check_indices(triangles: NDArray[np.int32], points: int) -> None:
    wrong = _first_wrong_index(triangles, points)
    if wrong != 0:  # which is never wrong, as there are at least three landmarks
        raise ValueError(f"triangles: index {wrong} with {points} landmarks")
