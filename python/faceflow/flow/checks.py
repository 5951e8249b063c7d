"""What arrays are taken, checked once before a kernel sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from faceflow.errors import ArrayError
from faceflow.types import AnyArray, Flow, Landmarks, Mask, Size, Triangles

MAX_COORDINATE = 1e8
"""Landmarks are taken within this many pixels of the origin: a displacement between two of them
stays under 1e9 px, which flow files hold for unknown."""

MAX_POINTS = 2**21
MAX_SIDE = 2**20


def given(array: AnyArray) -> str:
    """An array's shape and dtype, for messages."""
    return f"{array.shape} {array.dtype}"


def check_landmarks(name: str, array: ArrayLike, *, sequence: bool = False) -> Landmarks:
    """The landmarks as a contiguous array.

    Raises
    ------
    ArrayError
        Not (N, 2) or (T, N, 2) float64 with N >= 3, or a value that is not finite or beyond
        +-1e8 px.
    """
    points = np.ascontiguousarray(array)
    dimensions = 3 if sequence else 2
    if points.dtype != np.float64 or points.ndim != dimensions or points.shape[-1] != 2:
        shape = "(T, N, 2)" if sequence else "(N, 2)"
        raise ArrayError(f"{name} is {given(points)}, {shape} float64 is taken")
    if not 3 <= points.shape[-2] <= MAX_POINTS:
        raise ArrayError(f"{name} has {points.shape[-2]} points, 3 to {MAX_POINTS} are taken")
    # Where the sum of squares is in bounds, so is each; it takes a fraction of looking at each, and
    # a NaN makes it NaN, which is not below anything.
    if not np.vdot(points, points) <= MAX_COORDINATE**2:
        _check_each(name, points)
    return points


def _check_each(name: str, points: Landmarks) -> None:
    bad = ~(np.abs(points) <= MAX_COORDINATE).all(axis=-1)
    if not bad.any():
        return
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    x, y = points[index]
    where = "][".join(map(str, index))
    problem = "is not finite" if not np.isfinite([x, y]).all() else "is too far away"
    raise ArrayError(f"{name}[{where}] {problem}: ({x}, {y}), values within +-1e8 px are taken")


def check_triangles(array: ArrayLike) -> Triangles:
    """The triangles as a contiguous array (the kernels check the range of the indices)."""
    triangles = np.ascontiguousarray(array)
    if triangles.dtype != np.int32 or triangles.ndim != 2 or triangles.shape[1] != 3:
        raise ArrayError(f"triangles is {given(triangles)}, (M, 3) int32 is taken")
    return triangles


def check_size(size: Any) -> Size:
    """A size as two whole numbers."""
    try:
        H, W = (int(side) for side in size)
        whole = tuple(size) == (H, W)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or not (1 <= H <= MAX_SIDE and 1 <= W <= MAX_SIDE):
        raise ArrayError(f"size is {size!r}, (H, W) from 1 to {MAX_SIDE} is taken")
    return H, W


def check_flow(name: str, array: Any) -> Flow:
    """A flow field, not copied."""
    if not isinstance(array, np.ndarray):
        raise ArrayError(f"{name} is a {type(array).__name__}, (H, W, 2) float32 is taken")
    if array.dtype != np.float32 or array.ndim != 3 or array.shape[2] != 2 or not array.size:
        raise ArrayError(f"{name} is {given(array)}, (H, W, 2) float32 is taken")
    return array


def check_valid(array: Any, size: Size) -> Mask:
    """A validity mask, not copied."""
    if not isinstance(array, np.ndarray) or array.dtype != np.bool_ or array.shape != size:
        found = given(array) if isinstance(array, np.ndarray) else type(array).__name__
        raise ArrayError(f"valid is {found}, {size} bool is taken")
    return array


def output(name: str, out: Any, shape: tuple[int, ...], dtype: type[np.generic]) -> AnyArray:
    """`out` if it can be written to as it is, or a new array where it is None."""
    if out is None:
        return np.empty(shape, dtype)
    flags = out.flags if isinstance(out, np.ndarray) else None
    if (
        flags is not None
        and flags.c_contiguous
        and flags.writeable
        and out.shape == shape
        and out.dtype == dtype
    ):
        written: AnyArray = out
        return written
    raise ArrayError(_unfit(name, out, f"{shape} {np.dtype(dtype)}"))


def _unfit(name: str, out: Any, wanted: str) -> str:
    taken = f"{wanted}, C-contiguous and writeable, is taken"
    if not isinstance(out, np.ndarray):
        return f"{name} is a {type(out).__name__}; {taken}"
    kind = "" if out.flags.c_contiguous else ", not C-contiguous"
    kind += "" if out.flags.writeable else ", read-only"
    return f"{name} is {given(out)}{kind}; {taken}"
