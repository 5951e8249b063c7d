"""Writes of many elements at once, which LLVM does not make of short loops by itself.

It lowers its vectors to what the processor has. Stores take any alignment; nothing checks bounds.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core.cgutils import memset
from numba.extending import intrinsic

LANES = 8
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INTS = ir.VectorType(ir.IntType(32), LANES)


def _lanes(values):
    return ir.Constant(_FLOATS, [float(value) for value in values])


def _spread(builder, *values):
    """Repeat the values over the lanes."""
    vector = ir.Constant(_FLOATS, ir.Undefined)
    for lane in range(LANES):
        index = ir.Constant(ir.IntType(32), lane)
        vector = builder.insert_element(vector, values[lane % len(values)], index)
    return vector


def _place(context, builder, array_type, array, at):
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [at])


def _store(context, builder, array_type, array, at, vector):
    place = _place(context, builder, array_type, array, at)
    builder.store(vector, builder.bitcast(place, vector.type.as_pointer()), align=4)


@intrinsic
def put_bytes(typing, array, begin, end, value):
    """array[begin:end] = value, of (N,) uint8."""

    def generate(context, builder, signature, arguments):
        array, begin, end, value = arguments
        place = _place(context, builder, signature.args[0], array, begin)
        memset(builder, place, builder.sub(end, begin), value)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, types.uint8), generate


@intrinsic
def put_constant(typing, array, at, value):
    """array[at + lane] = value."""

    def generate(context, builder, signature, arguments):
        array, at, value = arguments
        _store(context, builder, signature.args[0], array, at, _spread(builder, value))
        return context.get_dummy_value()

    return types.void(array, types.intp, types.float32), generate


@intrinsic
def put_affine(typing, array, at, u, v, du, dv, first):
    """Four pixels from number `first` on: (u, v) + (du, dv) (first + i)."""

    def generate(context, builder, signature, arguments):
        array, at, u, v, du, dv, first = arguments
        offset = builder.fadd(_lanes([0, 0, 1, 1, 2, 2, 3, 3]), _spread(builder, first))
        change = builder.fmul(_spread(builder, du, dv), offset)
        flow = builder.fadd(_spread(builder, u, v), change)
        _store(context, builder, signature.args[0], array, at, flow)
        return context.get_dummy_value()

    number = types.float32
    return types.void(array, types.intp, number, number, number, number, number), generate


@intrinsic
def put_columns(typing, array, at, first, step, number, rightmost, tolerance):
    """array[at + lane] = ceil(first + step (number + lane)), kept between -0.5 and `rightmost`.

    Not 0 where a lane's crossing comes within `tolerance` of a whole number.
    """

    def generate(context, builder, signature, arguments):
        array, at, *numbers = arguments
        first, step, number, rightmost, tolerance = (_spread(builder, n) for n in numbers)
        one, zero, leftmost = (_lanes([value] * LANES) for value in (1.0, 0.0, -0.5))
        x = builder.fadd(first, builder.fmul(builder.fadd(number, _lanes(range(LANES))), step))
        x = builder.select(builder.fcmp_ordered("<", x, leftmost), leftmost, x)
        x = builder.select(builder.fcmp_ordered(">", x, rightmost), rightmost, x)
        whole = builder.fptosi(x, _INTS)
        part = builder.fsub(x, builder.sitofp(whole, _FLOATS))
        ceiling = builder.zext(builder.fcmp_ordered(">", part, zero), _INTS)
        _store(context, builder, signature.args[0], array, at, builder.add(whole, ceiling))
        size = builder.select(builder.fcmp_ordered("<", part, zero), builder.fneg(part), part)
        above = builder.fcmp_ordered("<=", size, tolerance)
        below = builder.fcmp_ordered(">=", part, builder.fsub(one, tolerance))
        doubtful = builder.bitcast(builder.or_(above, below), ir.IntType(LANES))
        return builder.zext(doubtful, ir.IntType(32))

    return types.int32(array, types.intp, *[types.float32] * 5), generate
