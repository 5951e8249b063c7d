"""Exact geometry on the fixed-point grid (mirrors ``cpp/src/triangle.cpp``)."""

from __future__ import annotations

from faceflow.compile import inner

GRID = 16777216.0
_ROUNDER = 6755399441055744.0
_SPLITTER = 134217729.0
_ERROR_BOUND = 1.2e-15


@inner
def snap(coordinate):
    return (coordinate * GRID + _ROUNDER) - _ROUNDER


@inner
def product_tail(a, b, head):
    ca = _SPLITTER * a
    a_high = ca - (ca - a)
    a_low = a - a_high
    cb = _SPLITTER * b
    b_high = cb - (cb - b)
    b_low = b - b_high
    return a_low * b_low - (((head - a_high * b_high) - a_low * b_high) - a_high * b_low)


@inner
def orientation(ax, ay, bx, by, cx, cy):
    lx = bx - ax
    ly = cy - ay
    rx = by - ay
    ry = cx - ax
    left = lx * ly
    right = rx * ry
    if left != right:
        return 1 if left > right else -1
    left_tail = product_tail(lx, ly, left)
    right_tail = product_tail(rx, ry, right)
    if left_tail == right_tail:
        return 0
    return 1 if left_tail > right_tail else -1


@inner
def doubled_area(ax, ay, bx, by, cx, cy):
    lx = bx - ax
    ly = cy - ay
    rx = by - ay
    ry = cx - ax
    left = lx * ly
    right = rx * ry
    return (left - right) + (product_tail(lx, ly, left) - product_tail(rx, ry, right))


@inner
def _grow(terms, count, value):
    kept = 0
    carry = value
    for i in range(count):
        total = carry + terms[i]
        virtual = total - carry
        error = (carry - (total - virtual)) + (terms[i] - virtual)
        if error != 0.0:
            terms[kept] = error
            kept += 1
        carry = total
    if carry != 0.0:
        terms[kept] = carry
        kept += 1
    return kept


@inner
def _add_product(terms, count, a, b):
    head = a * b
    count = _grow(terms, count, product_tail(a, b, head))
    return _grow(terms, count, head)


@inner
def _add_lifted(terms, length, cross, count, px, py, qx, qy, rx, ry):
    """Add |p|^2 (q x r)."""
    lengths = _add_product(length, 0, px, px)
    lengths = _add_product(length, lengths, py, py)
    crosses = _add_product(cross, 0, qx, ry)
    crosses = _add_product(cross, crosses, -rx, qy)
    for i in range(lengths):
        for j in range(crosses):
            count = _add_product(terms, count, length[i], cross[j])
    return count


@inner
def _in_circle_exact(ax, ay, bx, by, cx, cy, scratch):
    terms, length, cross = scratch[:96], scratch[96:100], scratch[100:]
    count = _add_lifted(terms, length, cross, 0, ax, ay, bx, by, cx, cy)
    count = _add_lifted(terms, length, cross, count, bx, by, cx, cy, ax, ay)
    count = _add_lifted(terms, length, cross, count, cx, cy, ax, ay, bx, by)
    return count > 0 and terms[count - 1] > 0.0


@inner
def in_circle(ax, ay, bx, by, cx, cy, dx, dy, scratch):
    """`scratch` is (104,) float64."""
    ax = ax - dx
    ay = ay - dy
    bx = bx - dx
    by = by - dy
    cx = cx - dx
    cy = cy - dy
    bc = bx * cy
    cb = cx * by
    ca = cx * ay
    ac = ax * cy
    ab = ax * by
    ba = bx * ay
    a_lift = ax * ax + ay * ay
    b_lift = bx * bx + by * by
    c_lift = cx * cx + cy * cy
    determinant = a_lift * (bc - cb) + b_lift * (ca - ac) + c_lift * (ab - ba)
    permanent = (
        (abs(bc) + abs(cb)) * a_lift + (abs(ca) + abs(ac)) * b_lift + (abs(ab) + abs(ba)) * c_lift
    )
    if determinant > _ERROR_BOUND * permanent:
        return True
    if -determinant >= _ERROR_BOUND * permanent:
        return False
    return _in_circle_exact(ax, ay, bx, by, cx, cy, scratch)
