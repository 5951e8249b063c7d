"""Running work on this machine's cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Generic

from faceflow.execute.work import Result, Task, Work


def cores() -> int:
    """The cores that this process may use, where the system tells."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


@dataclass
class _Stage(Generic[Result]):
    """A work, and the parts of its current stage."""

    work: Work[Result]
    futures: list[Future[Any]] = field(default_factory=list)
    missing: int = 0


def run_locally(
    works: Iterable[Work[Result]],
    workers: int,
    stop: Callable[[], None],
    advance: Callable[[list[Any]], None],
) -> Iterator[Result]:
    """Run works on threads: OpenCV, dlib and the kernels release the interpreter's lock.

    As many works are open at a time as there are workers, and one more, so that none waits at the
    end of a stage.

    Parameters
    ----------
    works
        Taken one by one as there is room.
    workers
        Threads.
    stop
        Called when the run ends early, so that parts under way end soon.
    advance
        Told what each part returned, as soon as it has.

    Yields
    ------
    result
        Of each work, as they end.
    """
    queue = iter(works)
    with ThreadPoolExecutor(workers, thread_name_prefix="faceflow") as pool:
        crew: _Crew[Result] = _Crew(pool)
        try:
            while crew.fill(queue, workers + 1):
                yield from crew.step(advance)
        except BaseException:
            stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


class _Crew(Generic[Result]):
    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        self.owners: dict[Future[Any], _Stage[Result]] = {}
        self.open = 0
        self.ended: list[Result] = []

    def fill(self, queue: Iterator[Work[Result]], most: int) -> bool:
        """Open works while there is room; False once nothing is left to wait for."""
        while self.open < most:
            work = next(queue, None)
            if work is None:
                break
            self.open += 1
            self._send(_Stage(work), None)
        return bool(self.owners or self.ended)

    def step(self, advance: Callable[[list[Any]], None]) -> Iterator[Result]:
        """Wait for a part to end; give the results of the works that it ended."""
        if self.owners:
            done, _ = wait(self.owners, return_when=FIRST_COMPLETED)
            for future in done:
                stage = self.owners.pop(future)
                result = future.result()
                advance(result if isinstance(result, list) else [])
                stage.missing -= 1
                if stage.missing == 0:
                    self._send(stage, [f.result() for f in stage.futures])
        ended, self.ended = self.ended, []
        yield from ended

    def _send(self, stage: _Stage[Result], results: list[Any] | None) -> None:
        """Give a stage's results to its work and submit the parts of its next one."""
        try:
            tasks: list[Task] = []
            while not tasks:  # a stage without parts is over at once
                tasks = next(stage.work) if results is None else stage.work.send(results)
                results = []
        except StopIteration as end:
            self.open -= 1
            self.ended.append(end.value)
            return
        stage.futures = [self.pool.submit(task) for task in tasks]
        stage.missing = len(tasks)
        self.owners.update(dict.fromkeys(stage.futures, stage))
