"""Parts handed to a pool of the standard library's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any


class FuturePool:
    """Threads or processes, as many as parts are to run at once.

    Parameters
    ----------
    pool
        Them.
    workers
        How many there are.
    stop
        Has parts end early.
    """

    def __init__(self, pool: Executor, workers: int, stop: Callable[[], None]) -> None:
        self._pool = pool
        self._workers = workers
        self._stop = stop
        self._running: set[Future[Any]] = set()

    def room(self) -> int:
        """See `Pool`."""
        return self._workers

    def share(self, value: Any) -> Any:
        """See `Pool`; threads share everything."""
        return value

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """See `Pool`."""
        future = self._pool.submit(function, *arguments)
        self._running.add(future)
        return future

    def ended(self) -> Iterator[tuple[Future[Any], Any]]:
        """See `Pool`."""
        done, self._running = wait(self._running, return_when=FIRST_COMPLETED)
        for future in done:
            yield future, future.result()

    def stop(self) -> None:
        """See `Pool`."""
        self._stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
