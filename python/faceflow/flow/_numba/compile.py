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


def inner(function: _Function) -> _Function:
    """Compile like `kernel` what only kernels call, and what neither makes nor returns an array.

    It then need not count references to its arguments, which takes longer than a short row.
    """
    compiled: _Function = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(
        function
    )
    return compiled
