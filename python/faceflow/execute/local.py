"""Running work on this machine's cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Generic

from faceflow.execute.cores import allowed_cores
from faceflow.execute.work import Result, Stream, Task, Work


def run_locally(
    works: Iterable[Work[Result]],
    workers: int,
    stop: Callable[[], None],
    advance: Callable[[Any], None],
) -> Iterator[Result]:
    """Run works on threads: OpenCV, dlib's detector and the kernels release the interpreter's lock.

    As many works are open at a time as there are workers, and one more, so that none waits at the
    end of a stage; parts of the one opened first come first.

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
        crew: _Crew[Result] = _Crew(pool, workers)
        try:
            while crew.fill(queue):
                yield from crew.step(advance)
        except BaseException:
            stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def cores() -> int:
    """The cores that this process may use, where the system tells."""
    return len(allowed_cores())


class _Open(Generic[Result]):
    """A work under way, and where it is in its stage."""

    def __init__(self, work: Work[Result]) -> None:
        self.work = work
        self.running = 0
        self.enter(next(work))

    def enter(self, stage: list[Task] | Stream) -> None:
        self.keeps = not isinstance(stage, Stream)
        self.tasks = stage.tasks if isinstance(stage, Stream) else iter(stage)
        self.results: dict[int, Any] = {}
        self.sent = 0

    def leave(self) -> None:
        """Go on to the next stage; StopIteration where that was the last."""
        self.enter(self.work.send([self.results[i] for i in range(len(self.results))]))


class _Crew(Generic[Result]):
    def __init__(self, pool: ThreadPoolExecutor, workers: int) -> None:
        self.pool = pool
        self.most_open = workers + 1
        self.most_parts = 2 * workers  # one that runs, one that waits for it to end
        self.open: list[_Open[Result]] = []
        self.owners: dict[Future[Any], tuple[_Open[Result], int]] = {}
        self.ended: list[Result] = []

    def fill(self, queue: Iterator[Work[Result]]) -> bool:
        """Send out parts while there is room; False once nothing is left to wait for."""
        while len(self.owners) < self.most_parts and self._send_one(queue):
            pass
        return bool(self.owners or self.ended)

    def _send_one(self, queue: Iterator[Work[Result]]) -> bool:
        if any(self._send(work) for work in list(self.open)):
            return True
        if len(self.open) >= self.most_open:
            return False
        work = next(queue, None)
        if work is None:
            return False
        try:
            self.open.append(_Open(work))
        except StopIteration as end:  # it had nothing to do
            self.ended.append(end.value)
        return True

    def _send(self, work: _Open[Result]) -> bool:
        """Send out the work's next part, if it has one now."""
        while (task := next(work.tasks, None)) is None:
            if work.running:
                return False
            try:
                work.leave()
            except StopIteration as end:
                self.open.remove(work)
                self.ended.append(end.value)
                return False
        self.owners[self.pool.submit(task)] = (work, work.sent)
        work.sent += 1
        work.running += 1
        return True

    def step(self, advance: Callable[[Any], None]) -> Iterator[Result]:
        """Wait for a part to end; give the results of the works that have ended."""
        if self.owners and not self.ended:
            done, _ = wait(self.owners, return_when=FIRST_COMPLETED)
            for future in done:
                work, number = self.owners.pop(future)
                work.running -= 1
                result = future.result()
                advance(result)
                if work.keeps:
                    work.results[number] = result
                self._send(work)
        ended, self.ended = self.ended, []
        yield from ended
