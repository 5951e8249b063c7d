"""How every kernel is compiled: no fast-math, as contraction would change bits; GIL released."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numba

_Function: TypeAlias = Callable[..., Any]


def kernel(function: _Function) -> _Function:
    """Compile `function` at its first call and keep the result on disk for the next process."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


# Without counting references to arrays, which takes longer than a short row: for what only kernels
# call, and what neither makes nor returns an array.
_INNER = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def inner(function: _Function) -> _Function:
    """Compile like `kernel` what only kernels call, and what neither makes nor returns an array."""
    return numba.njit(**_INNER)(function)


def inlined(function: _Function) -> _Function:
    """Like `inner`, copied into its callers where LLVM would find it too long for that."""
    return numba.njit(**_INNER, inline="always")(function)
