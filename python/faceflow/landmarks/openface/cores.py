"""The machine's cores, shared out to the processes that run at once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from queue import SimpleQueue

from faceflow.execute.cores import allowed_cores

# OpenMP; the linear algebra OpenFace may be built with; OpenCV's own loops. Its fourth, TBB, takes
# as many threads as there are cores in the affinity mask.
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


class Cores:
    """The cores that this process may use, in as many shares as there are workers."""

    def __init__(self, workers: int) -> None:
        cores = allowed_cores()
        self._free: SimpleQueue[list[int]] = SimpleQueue()
        for worker in range(workers):
            self._free.put(cores[worker::workers] or [cores[worker % len(cores)]])

    @contextlib.contextmanager
    def share(self) -> Iterator[dict[str, str]]:
        """Have what this thread starts run on a share of the cores that nothing else has now.

        Yields
        ------
        environment
            The variables that hold the thread counts down.
        """
        cores = self._free.get()
        try:
            with _pinned(cores):
                yield dict.fromkeys(_THREADS, str(len(cores)))
        finally:
            self._free.put(cores)


@contextlib.contextmanager
def _pinned(cores: list[int]) -> Iterator[None]:
    """Bind this thread, so that a process has its cores from the start: it inherits them."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    with contextlib.suppress(OSError):  # a sandbox may forbid it, or have taken a core away
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, before)
