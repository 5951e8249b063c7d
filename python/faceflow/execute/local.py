"""Running work on this machine's cores."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from faceflow.execute.cores import allowed_cores
from faceflow.execute.crew import run_on
from faceflow.execute.futures import FuturePool
from faceflow.execute.work import Result, Work


class LocalExecutor:
    """Runs works on threads: OpenCV, dlib's detector and the kernels release the interpreter's
    lock.

    Parameters
    ----------
    workers
        Threads; None for as many as this process may use cores.

    Examples
    --------
    >>> def work(number):
    ...     (square,) = yield [lambda: number**2]
    ...     return square
    >>> sorted(LocalExecutor(2).run(map(work, range(4)), lambda part: None))
    [0, 1, 4, 9]
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(allowed_cores())
        self._stop = threading.Event()

    @property
    def stopped(self) -> Callable[[], bool]:
        """See `Executor`."""
        return self._stop.is_set

    @property
    def here(self) -> LocalExecutor:
        """This one."""
        return self

    @property
    def for_detectors(self) -> LocalExecutor:
        """This one."""
        return self

    def ready(self) -> contextlib.AbstractContextManager[None]:
        """Threads are always ready."""
        return contextlib.nullcontext()

    def run(
        self, works: Iterable[Work[Result]], advance: Callable[[Any], None]
    ) -> Iterator[Result]:
        """See `Executor`."""
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="faceflow")
        with _quick_switches(), pool as threads:
            yield from run_on(FuturePool(threads, self.workers, self._stop.set), works, advance)

    def sync(self) -> None:
        """Write out the system's caches."""
        os.sync()


@contextlib.contextmanager
def _quick_switches() -> Iterator[None]:
    """Have a thread that computes give way to those that wait after half a millisecond, not five.

    They wait for the interpreter's lock a dozen times a frame, whose Python takes less than that: a
    tenth of a run's time.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-4)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
