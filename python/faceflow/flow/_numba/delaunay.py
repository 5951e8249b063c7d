"""Delaunay triangulation by divide and conquer (mirrors ``cpp/src/delaunay.cpp``)."""

from __future__ import annotations

import numpy as np

from faceflow.compile import inner, kernel
from faceflow.flow._numba.triangle import in_circle, orientation, snap

# A mesh is a tuple (x, y, origin, next, previous, free, scratch): sites, then the edge rings, where
# edges e and e ^ 1 are the two directions of one edge; free[0] counts recycled edges, free[1]
# edges made, and free[2:] lists the recycled ones; scratch is for exact arithmetic.


@kernel
def _new_mesh(x, y):
    edges = 6 * len(x) + 6
    free = np.zeros(edges // 2 + 2, np.int32)
    return (
        x,
        y,
        np.empty(edges, np.int32),
        np.empty(edges, np.int32),
        np.empty(edges, np.int32),
        free,
        np.empty(104),
    )


@inner
def _left_next(mesh, e):
    return mesh[4][e ^ 1]


@inner
def _turn(mesh, p, q, r):
    x, y = mesh[0], mesh[1]
    return orientation(x[p], y[p], x[q], y[q], x[r], y[r])


@inner
def _left_of(mesh, p, e):
    return _turn(mesh, p, mesh[2][e], mesh[2][e ^ 1]) > 0


@inner
def _right_of(mesh, p, e):
    return _turn(mesh, p, mesh[2][e ^ 1], mesh[2][e]) > 0


@inner
def _encloses(mesh, a, b, c, d):
    x, y = mesh[0], mesh[1]
    return in_circle(x[a], y[a], x[b], y[b], x[c], y[c], x[d], y[d], mesh[6])


@inner
def _make_edge(mesh, start, end):
    _, _, origin, following, previous, free, _ = mesh
    if free[0] > 0:
        e = free[1 + free[0]]
        free[0] -= 1
    else:
        e = 2 * free[1]
        free[1] += 1
    origin[e] = start
    origin[e ^ 1] = end
    following[e] = previous[e] = e
    following[e ^ 1] = previous[e ^ 1] = e ^ 1
    return e


@inner
def _splice(mesh, a, b):
    following, previous = mesh[3], mesh[4]
    a_next = following[a]
    b_next = following[b]
    following[a] = b_next
    following[b] = a_next
    previous[b_next] = a
    previous[a_next] = b


@inner
def _connect(mesh, a, b):
    e = _make_edge(mesh, mesh[2][a ^ 1], mesh[2][b])
    _splice(mesh, e, _left_next(mesh, a))
    _splice(mesh, e ^ 1, b)
    return e


@inner
def _remove(mesh, e):
    _, _, origin, _, previous, free, _ = mesh
    _splice(mesh, e, previous[e])
    _splice(mesh, e ^ 1, previous[e ^ 1])
    origin[e] = origin[e ^ 1] = -1
    free[0] += 1
    free[1 + free[0]] = e & ~1


@inner
def _build_small(mesh, begin, end):
    if end - begin == 2:
        e = _make_edge(mesh, begin, begin + 1)
        return e, e ^ 1
    a = _make_edge(mesh, begin, begin + 1)
    b = _make_edge(mesh, begin + 1, begin + 2)
    _splice(mesh, a ^ 1, b)
    turn = _turn(mesh, begin, begin + 1, begin + 2)
    if turn == 0:
        return a, b ^ 1
    c = _connect(mesh, b, a)
    if turn > 0:
        return a, b ^ 1
    return c ^ 1, c


@inner
def _prune_left(mesh, base):
    origin, following = mesh[2], mesh[3]
    candidate = following[base ^ 1]
    if not _right_of(mesh, origin[candidate ^ 1], base):
        return -1
    while _encloses(
        mesh,
        origin[base ^ 1],
        origin[base],
        origin[candidate ^ 1],
        origin[following[candidate] ^ 1],
    ):
        after = following[candidate]
        _remove(mesh, candidate)
        candidate = after
    return candidate


@inner
def _prune_right(mesh, base):
    origin, previous = mesh[2], mesh[4]
    candidate = previous[base]
    if not _right_of(mesh, origin[candidate ^ 1], base):
        return -1
    while _encloses(
        mesh,
        origin[base ^ 1],
        origin[base],
        origin[candidate ^ 1],
        origin[previous[candidate] ^ 1],
    ):
        after = previous[candidate]
        _remove(mesh, candidate)
        candidate = after
    return candidate


@inner
def _stitch(mesh, base):
    origin = mesh[2]
    while True:
        left = _prune_left(mesh, base)
        right = _prune_right(mesh, base)
        if left < 0 and right < 0:
            return
        if left < 0 or (
            right >= 0
            and _encloses(mesh, origin[left ^ 1], origin[left], origin[right], origin[right ^ 1])
        ):
            base = _connect(mesh, right, base ^ 1)
        else:
            base = _connect(mesh, base ^ 1, left ^ 1)


@inner
def _join(mesh, left_outer, left_inner, right_inner, right_outer):
    origin, following = mesh[2], mesh[3]
    while True:
        if _left_of(mesh, origin[right_inner], left_inner):
            left_inner = _left_next(mesh, left_inner)
        elif _right_of(mesh, origin[left_inner], right_inner):
            right_inner = following[right_inner ^ 1]
        else:
            break
    base = _connect(mesh, right_inner ^ 1, left_inner)
    if origin[left_inner] == origin[left_outer]:
        left_outer = base ^ 1
    if origin[right_inner] == origin[right_outer]:
        right_outer = base
    _stitch(mesh, base)
    return left_outer, right_outer


# The recursion of the C++ file on a stack: numba crashes when it loads a recursive function from
# its cache. A task is a range of sites and whether its halves are built; a hull is a pair of edges.
_DEPTH = 64  # 2^21 sites need 2 x 21 tasks at a time


@kernel
def _build(mesh, sites):
    tasks = np.empty((_DEPTH, 3), np.int32)
    hulls = np.empty((_DEPTH, 2), np.int32)
    tasks[0, 0], tasks[0, 1], tasks[0, 2] = 0, sites, False
    waiting, built = 1, 0
    while waiting > 0:
        waiting -= 1
        begin, end, halves_built = tasks[waiting, 0], tasks[waiting, 1], tasks[waiting, 2]
        if halves_built:
            built -= 1
            left, right = hulls[built - 1], hulls[built]
            left[0], left[1] = _join(mesh, left[0], left[1], right[0], right[1])
        elif end - begin > 3:
            middle = begin + (end - begin) // 2
            tasks[waiting, 2] = True
            tasks[waiting + 1, 0], tasks[waiting + 1, 1], tasks[waiting + 1, 2] = middle, end, False
            waiting += 2
            tasks[waiting, 0], tasks[waiting, 1], tasks[waiting, 2] = begin, middle, False
            waiting += 1
        else:
            hulls[built, 0], hulls[built, 1] = _build_small(mesh, begin, end)
            built += 1


@kernel
def _sorted_distinct(x, y):
    order = np.argsort(y, kind="mergesort")
    order = order[np.argsort(x[order], kind="mergesort")]
    kept = 0
    for i in order:
        if kept > 0 and x[i] == x[order[kept - 1]] and y[i] == y[order[kept - 1]]:
            continue
        order[kept] = i
        kept += 1
    return order[:kept]


@kernel
def _face_keys(mesh, order):
    origin = mesh[2]
    edges = 2 * mesh[5][1]
    keys = np.empty(edges, np.int64)
    count = 0
    for e in range(edges):
        a = origin[e]
        if a < 0:
            continue
        second = _left_next(mesh, e)
        third = _left_next(mesh, second)
        if _left_next(mesh, third) != e:
            continue
        b = origin[second]
        c = origin[third]
        i, j, k = order[a], order[b], order[c]
        if i > j or i > k or _turn(mesh, a, b, c) <= 0:
            continue
        keys[count] = i << 42 | j << 21 | k
        count += 1
    keys = keys[:count]
    keys.sort()
    return keys


@kernel
def triangulate(points):
    """(N, 2) float64 -> (M, 3) int32 Delaunay triangles."""
    x = np.empty(len(points))
    y = np.empty(len(points))
    for i in range(len(points)):
        x[i] = snap(points[i, 0])
        y[i] = snap(points[i, 1])
    order = _sorted_distinct(x, y)
    if len(order) < 3:
        return np.empty((0, 3), np.int32)
    mesh = _new_mesh(x[order], y[order])
    _build(mesh, len(order))
    keys = _face_keys(mesh, order)
    triangles = np.empty((len(keys), 3), np.int32)
    for t in range(len(keys)):
        triangles[t, 0] = keys[t] >> 42
        triangles[t, 1] = keys[t] >> 21 & 2097151
        triangles[t, 2] = keys[t] & 2097151
    return triangles
