"""How every kernel is compiled: no fast-math, as contraction would change bits; GIL released."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compile `function` at its first call and keep the result on disk for the next process."""
    compiled: _Function = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled


# Without counting references to arrays, which takes longer than a short row: for what only kernels
# call, and what neither makes nor returns an array.
_INNER = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def inner(function: _Function) -> _Function:
    """Compile like `kernel` what only kernels call, and what neither makes nor returns an array."""
    compiled: _Function = numba.njit(**_INNER)(function)
    return compiled


def inlined(function: _Function) -> _Function:
    """Like `inner`, copied into its callers where LLVM would find it too long for that."""
    compiled: _Function = numba.njit(**_INNER, inline="always")(function)
    return compiled
