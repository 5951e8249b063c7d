"""Calls of Python from TensorFlow's threads, which must not go on while the process ends."""

from __future__ import annotations

import atexit
import threading
import time

_LONGEST_S = 30.0
"""Seconds that are waited at most: a call may hang in a file system that does not answer."""

_PAUSE = 0.1
"""Seconds without a call after which a pipeline that nobody reads is full."""


class _Calls:
    """Counts the calls that are running, as a context of each.

    A thread that waits for the interpreter while that goes away aborts the process. A pipeline is
    read ahead until its buffers are full, and only then makes no more calls; where it is still
    there at the exit, that is waited for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = self._begun = 0

    def __enter__(self) -> None:
        with self._lock:
            self._running += 1
            self._begun += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._running -= 1

    def wait(self) -> None:
        """Return when no call has been made for a while, or after half a minute."""
        begun = -1
        until = time.monotonic() + _LONGEST_S
        while (self._running or begun != self._begun) and time.monotonic() < until:
            begun = self._begun
            time.sleep(_PAUSE)


CALLS = _Calls()
atexit.register(CALLS.wait)
