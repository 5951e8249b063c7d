"""What becomes of memory that is freed."""

from __future__ import annotations

import ctypes
import functools

# Parameters of mallopt(3), as malloc.h of the GNU C library has them.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT, _MOST = 2**24, 2**23


@functools.cache
def keep_freed_memory() -> None:
    """Have the C library keep blocks of up to 8 MB, 16 MB in all at the end of its memory.

    For the whole process. Every frame takes and frees some of half a megabyte and more. Given back
    each time, they come back as pages that have to be cleared, while the other threads are stopped.
    Other C libraries do as they do.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _MOST)
        mallopt(_TRIM_THRESHOLD, _KEPT)
