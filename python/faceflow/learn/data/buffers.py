"""Memory of batches, taken again when whoever had it is done with it."""

from __future__ import annotations

import weakref
from collections import defaultdict
from typing import Any

import numpy as np

from faceflow.types import AnyArray

_ALIGNMENT = 64
"""Bytes; from such an address TensorFlow takes an array as it is, from others it copies it."""


class Buffers:
    """Arrays that come back by themselves.

    A batch has tens of megabytes. Asked of the system each time, they would come as pages that have
    to be cleared, which takes as long as decoding some of the frames. An array's memory is handed
    out again when the array and all views of it are gone; so there is as much as is in use at once.
    Threads may share it.

    Examples
    --------
    >>> buffers = Buffers()
    >>> first = buffers.take((2, 3), "float32")
    >>> address = first.ctypes.data
    >>> buffers.take((2, 3), "float32").ctypes.data == address
    False
    >>> del first
    >>> buffers.take((2, 3), "float32").ctypes.data == address
    True
    """

    def __init__(self) -> None:
        self._free: defaultdict[int, list[memoryview]] = defaultdict(list)

    def take(self, shape: tuple[int, ...], dtype: Any) -> AnyArray:
        """An array whose contents are whatever was there."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        free = self._free[size]
        try:
            memory = free.pop()
        except IndexError:
            memory = _aligned(size)
        # Its base is no array, so that all views have this one as theirs and keep it alive.
        whole = np.frombuffer(memory, dtype)
        weakref.finalize(whole, free.append, memory).atexit = False
        return whole.reshape(shape)


def _aligned(size: int) -> memoryview:
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size].data
