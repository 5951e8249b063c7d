"""How every kernel is compiled: no fast-math, as contraction would change bits; GIL released.

Only modules of kernels import this one, as it loads numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numba

_Function: TypeAlias = Callable[..., Any]

_KERNEL = {"nogil": True, "error_model": "numpy"}

# Without counting references to arrays, which takes longer than a short row: for what only kernels
# call, and what neither makes nor returns an array.
_INNER = {**_KERNEL, "_nrt": False}


def kernel(function: _Function) -> _Function:
    """Compile `function` at its first call and keep the result on disk for the next process.

    Where no folder for that can be written (the module's, the user's, ``NUMBA_CACHE_DIR``), each
    process compiles it anew.
    """
    return _compiled(function, _KERNEL)


def inner(function: _Function) -> _Function:
    """Compile like `kernel` what only kernels call, and what neither makes nor returns an array."""
    return _compiled(function, _INNER)


def inlined(function: _Function) -> _Function:
    """Like `inner`, copied into its callers where LLVM would find it too long for that."""
    return _compiled(function, {**_INNER, "inline": "always"})


def _compiled(function: _Function, options: dict[str, Any]) -> _Function:
    try:
        compiled: _Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # here, not at the first call, numba looks for a folder that it can write
        compiled = numba.njit(**options)(function)
    return compiled
