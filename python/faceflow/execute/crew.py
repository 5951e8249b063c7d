"""Which part runs next: works opened one after the other, their parts handed to a pool."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Generic, Protocol

from faceflow.execute.work import Result, Stream, Task, Work


class Pool(Protocol):
    """Where parts run."""

    def room(self) -> int:
        """How many parts can run at once, now; at least 1."""

    def share(self, value: Any) -> Any:
        """What stands for a value that many parts take, in place of it."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Hashable:
        """Have a part run; returns its handle."""

    def ended(self) -> Iterable[tuple[Hashable, Any]]:
        """Wait until a part has ended; (handle, result) of all that have and were not told yet.

        Raises what a part raised, after the results of others.
        """

    def stop(self) -> None:
        """Have all parts end soon, and wait for it."""


def run_on(
    pool: Pool, works: Iterable[Work[Result]], advance: Callable[[Any], None]
) -> Iterator[Result]:
    """Run works on a pool; see `Executor.run`.

    As many works are open at a time as parts can run, and one more, so that none waits at the end
    of a stage; parts of the one opened first come first.
    """
    queue = iter(works)
    crew: _Crew[Result] = _Crew(pool)
    try:
        while crew.fill(queue):
            yield from crew.step(advance)
    except BaseException:
        pool.stop()
        raise


class _Open(Generic[Result]):
    """A work under way, and where it is in its stage."""

    def __init__(self, work: Work[Result], pool: Pool) -> None:
        self.work = work
        self.pool = pool
        self.running = 0
        self.enter(next(work))

    def enter(self, stage: list[Task] | Stream) -> None:
        self.keeps = not isinstance(stage, Stream)
        self.parts: Iterator[tuple[Any, ...]] = (
            self._streamed(stage) if isinstance(stage, Stream) else zip(stage)
        )
        self.results: dict[int, Any] = {}
        self.sent = 0

    def _streamed(self, stage: Stream) -> Iterator[tuple[Any, ...]]:
        shared = self.pool.share(stage.shared)
        for item in stage.items:
            yield stage.function, shared, item

    def leave(self) -> None:
        """Go on to the next stage; StopIteration where that was the last."""
        self.enter(self.work.send([self.results[i] for i in range(len(self.results))]))


class _Crew(Generic[Result]):
    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.open: list[_Open[Result]] = []
        self.owners: dict[Hashable, tuple[_Open[Result], int]] = {}
        self.finished: list[Result] = []

    def fill(self, queue: Iterator[Work[Result]]) -> bool:
        """Send out parts while there is room; False once nothing is left to wait for."""
        # One that runs, one that waits for it to end.
        while len(self.owners) < 2 * self.pool.room() and self._send_one(queue):
            pass
        return bool(self.owners or self.finished)

    def _send_one(self, queue: Iterator[Work[Result]]) -> bool:
        if any(self._send(work) for work in list(self.open)):
            return True
        if len(self.open) > self.pool.room():
            return False
        work = next(queue, None)
        if work is None:
            return False
        try:
            self.open.append(_Open(work, self.pool))
        except StopIteration as end:  # it had nothing to do
            self.finished.append(end.value)
        return True

    def _send(self, work: _Open[Result]) -> bool:
        """Send out the work's next part, if it has one now."""
        while (part := next(work.parts, None)) is None:
            if work.running:
                return False
            try:
                work.leave()
            except StopIteration as end:
                self.open.remove(work)
                self.finished.append(end.value)
                return False
        self.owners[self.pool.submit(*part)] = (work, work.sent)
        work.sent += 1
        work.running += 1
        return True

    def step(self, advance: Callable[[Any], None]) -> Iterator[Result]:
        """Wait for a part to end; give the results of the works that have ended."""
        if self.owners and not self.finished:
            for handle, result in self.pool.ended():
                work, number = self.owners.pop(handle)
                work.running -= 1
                advance(result)
                if work.keeps:
                    work.results[number] = result
                self._send(work)
        finished, self.finished = self.finished, []
        yield from finished
