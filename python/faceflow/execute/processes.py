"""Running work in processes of this machine, whose Python need not wait for one another's.

A small frame takes some 2 ms of decoding and encoding without the interpreter's lock, and some
0.7 ms of Python with it: no number of threads gets beyond three or four times the speed of one.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceflow import opencv
from faceflow.errors import WorkerError
from faceflow.execute.crew import run_on
from faceflow.execute.futures import FuturePool
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Result, Work

if TYPE_CHECKING:
    _Flag = ctypes.c_bool

_PRELOADED = ["faceflow.generate.sequence"]
"""What the processes have loaded when they are forked, by name: nothing above is known here."""

_FAREWELL_S = 30.0
"""Seconds in which processes notice that the run was stopped."""

_KILLED_S = 10.0
"""Seconds in which a killed process ends, unless it waits for a disk that does not answer."""


class ProcessExecutor:
    """Runs works in processes, which start with each run.

    They are forked from a clean one that has loaded what they need, and end with the process that
    started them, however that ends. As a program's main module is loaded in each of them, one that
    uses this must be guarded by ``if __name__ == "__main__"``.

    Parameters
    ----------
    workers
        Processes, at least 1.

    Examples
    --------
    >>> from functools import partial
    >>> def work(number):
    ...     (power,) = yield [partial(pow, number, 2)]
    ...     return power
    >>> sorted(ProcessExecutor(2).run(map(work, range(4)), lambda part: None))
    [0, 1, 4, 9]
    """

    def __init__(self, workers: int) -> None:
        self.here = LocalExecutor(workers)
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)

    @cached_property
    def _flag(self) -> _Flag:
        # Bare memory: a process killed within an Event would keep its lock, and all others wait.
        return self._context.RawValue(ctypes.c_bool, False)

    def _stop(self) -> None:
        self._flag.value = True

    @property
    def stopped(self) -> Callable[[], bool]:
        """See `Executor`."""
        return _Stopped(self._flag)

    @property
    def for_detectors(self) -> LocalExecutor:
        """Threads: models are shared."""
        return self.here

    def ready(self) -> contextlib.AbstractContextManager[None]:
        """Processes start when there is work."""
        return contextlib.nullcontext()

    def run(
        self, works: Iterable[Work[Result]], advance: Callable[[Any], None]
    ) -> Iterator[Result]:
        """See `Executor`.

        Raises
        ------
        WorkerError
            A process was killed.
        """
        queue = iter(works)
        first = next(queue, None)
        if first is None:
            return
        pool = ProcessPoolExecutor(self.here.workers, self._context, _begin, (self._flag,))
        try:
            with tempfile.TemporaryDirectory(prefix="faceflow-") as folder, pool as started:
                processes = _Processes(started, self.here.workers, self._stop, Path(folder))
                yield from run_on(processes, chain([first], queue), advance)
        except BrokenProcessPool as error:
            raise WorkerError(
                "a worker process was killed; memory may be short (fewer --workers take less); "
                "the same command goes on"
            ) from error

    def sync(self) -> None:
        """Write out the system's caches."""
        os.sync()


class _Stopped:
    """Asks whether the run was stopped; in a worker, whether the one that it works for was."""

    of_worker: _Flag | None = None

    def __init__(self, flag: _Flag) -> None:
        self._flag = flag

    def __call__(self) -> bool:
        return self._flag.value

    def __reduce__(self) -> tuple[Callable[[], _Stopped], tuple[()]]:
        return _stopped_here, ()


def _stopped_here() -> _Stopped:
    assert _Stopped.of_worker is not None, "unpickled in a process that is no worker"
    return _Stopped(_Stopped.of_worker)


def _begin(stop: _Flag) -> None:
    """In a worker, first of all: the process that started it says when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on a terminal reaches all of them
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _Stopped.of_worker = stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    opencv.cv2.setNumThreads(1)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class _Processes(FuturePool):
    """A pool of processes."""

    def __init__(
        self, pool: ProcessPoolExecutor, workers: int, stop: Callable[[], None], folder: Path
    ) -> None:
        super().__init__(pool, workers, stop)
        self._executor = pool
        self._folder = folder
        self._count = 0

    def stop(self) -> None:
        """See `Pool`. Kill a process that does not end of itself: its files are whole."""
        # The pool forgets them as it shuts down, and does not tell them before Python 3.14.
        processes = list((self._executor._processes or {}).values())
        self._stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + _FAREWELL_S
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join(_KILLED_S)

    def share(self, value: Any) -> _Kept:
        """In a file, as it may be large and goes with many parts; it goes when they have ended."""
        self._count += 1
        kept = _Kept(self._folder / str(self._count))
        kept.path.write_bytes(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        weakref.finalize(kept, kept.path.unlink, missing_ok=True).atexit = False
        return kept

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """See `Pool`."""
        return super().submit(_part, function, *arguments)


@dataclass(frozen=True)
class _Kept:
    """What stands for a shared value: the file that it was pickled to."""

    path: Path


def _part(function: Callable[..., Any], *arguments: Any) -> Any:
    """In a worker."""
    return function(*(_load(a.path) if isinstance(a, _Kept) else a for a in arguments))


@lru_cache(maxsize=4)
def _load(path: Path) -> Any:
    """Of this run's own making, in a folder that is this user's alone."""
    return pickle.loads(path.read_bytes())
