"""Running work on an existing Dask cluster, whose workers share a file system with this machine.

Results come back to this process, which alone keeps the run's state. A part that a worker took to
its grave is run by another, so that each ends once; its files are written whole or not at all, and
are the same whoever writes them.
"""

from __future__ import annotations

import contextlib
import os
import queue
import time
import uuid
from asyncio import CancelledError as LoopCancelledError
from asyncio import to_thread
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, wait
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from faceflow import opencv
from faceflow.errors import ClusterError, ConfigError
from faceflow.execute.cluster import Cluster
from faceflow.execute.crew import run_on
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Result, Work
from faceflow.execute.workers import RunMarker, Terms, examination, versions

if TYPE_CHECKING:
    from distributed import Client, Future

_LOOK_S = 1.0
"""How old the number of the cluster's threads may be."""

_LONELY_S = 10.0
"""How long nothing may end before it is asked whether there are workers."""

_FAREWELL_S = 30.0
"""How long parts under way may take to notice that the run was stopped."""

_SYNC_S = 600.0
"""How long workers may take to write out their disks."""

_CANCEL_S = 5.0
"""How long the scheduler may take to forget parts that have not begun."""

_GLANCE_S = 0.05
"""How often it is looked at meanwhile whether they have."""


class DaskExecutor:
    """Runs parts on the workers of a Dask cluster, as many at once as they have threads.

    Parameters
    ----------
    scheduler
        Its address (``tcp://host:port``), or the file that ``dask scheduler --scheduler-file``
        writes.
    output
        The run's folder; absolute, as workers have working directories of their own.
    inputs
        What parts read from; absolute.
    tell
        Told, in a line, if the cluster has lost all of its workers.

    Raises
    ------
    ConfigError
        ``distributed`` is not installed, or there is no such scheduler.

    Examples
    --------
    >>> with DaskExecutor("tcp://n1:8786", output, [images], print) as executor:  # doctest: +SKIP
    ...     run = Run(Selection(images, output), config, plans, executor)
    ...     with run.claim():
    ...         run.make(progress)
    """

    def __init__(
        self,
        scheduler: str,
        output: Path,
        inputs: Sequence[Path],
        tell: Callable[[str], None],
    ) -> None:
        self._marker = RunMarker(output)
        self._inputs = inputs
        self._cluster = Cluster(scheduler, tell)
        self.here = LocalExecutor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cluster.close()

    @property
    def stopped(self) -> Callable[[], bool]:
        """See `Executor`; it never says True, but raises `ClusterError` instead."""
        return self._marker

    @property
    def for_detectors(self) -> DaskExecutor:
        """This one."""
        return self

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        """Put the run's marker into the output folder, and ask every worker what it has.

        Raises
        ------
        ConfigError
            There is no worker, or one lacks something.
        OSError
            The marker cannot be written.
        """
        self._marker.path.touch()
        try:
            self._examine()
            yield
        finally:
            self._marker.remove()

    def _examine(self) -> None:
        scheduler, wanted = self._cluster.scheduler, versions()
        of_worker = examination(wanted, self._marker.path, self._inputs)
        with self._cluster.in_words():
            problem = self._cluster.ask(
                "the scheduler's versions",
                lambda client: client.run_on_scheduler(examination(wanted)),
            )
            if problem is not None:
                raise ConfigError(f"the scheduler {scheduler} {problem}")
            found = self._cluster.ask(
                "the versions of all workers",
                lambda client: client.run(of_worker, on_error="return"),
            )
        if not found:
            raise ConfigError(
                f"the cluster of {scheduler} has no workers yet; once it has one, it may grow and "
                "shrink"
            )
        problems = {worker: problem for worker, problem in found.items() if problem is not None}
        for worker, problem in sorted(problems.items()):
            why = problem if isinstance(problem, str) else f"cannot take part: {problem}"
            others = f" (of {len(found)} workers, {len(problems)} are unfit)"
            raise ConfigError(f"worker {worker} {why}{others if len(found) > 1 else ''}")

    def run(
        self, works: Iterable[Work[Result]], advance: Callable[[Any], None]
    ) -> Iterator[Result]:
        """See `Executor`.

        Raises
        ------
        ClusterError
            The scheduler was lost, or workers that do not suit or do not live.
        """
        pool = _Workers(self._cluster, Terms(self._marker, versions()))
        with self._cluster.in_words():
            yield from run_on(pool, works, advance)

    def sync(self) -> None:
        """Write out the caches of this machine and of the workers'."""
        os.sync()
        written = self._cluster.start(_sync_all(self._cluster.client))
        if not wait([written], _SYNC_S).done:  # in a thread that no run waits for
            raise ClusterError(f"workers took more than {_SYNC_S:g} s to write out their disks")
        written.result()


class _Ended(NamedTuple):
    """A part that has ended, and what it returned or raised."""

    part: Future[Any]
    result: Any = None
    error: BaseException | None = None


class _Workers:
    """The workers of a cluster as a pool, for one run of works."""

    def __init__(self, cluster: Cluster, terms: Terms) -> None:
        self._cluster = cluster
        self._client = cluster.client
        self._terms = terms
        self._running: set[Future[Any]] = set()
        self._ended: queue.SimpleQueue[_Ended] = queue.SimpleQueue()
        self._threads = 0
        self._looked = -_LOOK_S

    def room(self) -> int:
        """Threads of the workers that there are now: a cluster may grow and shrink."""
        if time.monotonic() - self._looked >= _LOOK_S:
            self._threads = self._cluster.threads()
            self._looked = time.monotonic()
        return max(1, self._threads)

    def share(self, value: Any) -> Any:
        """A part of its own, which is run again if its worker dies; scattered data are lost."""
        import dask

        # Large as it may be, a long sequence's plan: Dask is not to warn of it.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}):
            return self._client.submit(_same, value, key=_key(_same))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        part = partial(_part, self._terms, function)
        future = self._client.submit(part, *arguments, key=_key(function))
        self._running.add(future)
        self._cluster.start(self._fetch(future))
        return future

    async def _fetch(self, part: Future[Any]) -> None:
        """Put what a part gave into the queue, on the client's loop.

        A result lies in the memory of the worker that made it until it is fetched. If the worker
        dies before, Dask runs the part again and this goes on waiting: only `_next`, which says
        what it waits for, ever blocks the run.
        """
        try:
            ended = _Ended(part, await self._client.gather(part))
        except BaseException as error:  # none may be lost: the run would wait for ever
            # Not the part's own error (a full disk, say), but the connection's.
            lost = isinstance(error, OSError | LoopCancelledError) and part.status != "error"
            ended = _Ended(part, error=CancelledError() if lost else error)
        self._ended.put(ended)

    def ended(self) -> Iterator[tuple[Future[Any], Any]]:
        ended = [self._next()]
        with contextlib.suppress(queue.Empty):
            while True:
                ended.append(self._ended.get_nowait())
        self._running.difference_update(one.part for one in ended)
        yield from ((one.part, one.result) for one in ended if one.error is None)
        for one in ended:
            if one.error is not None:
                raise one.error

    def _next(self) -> _Ended:
        told = False
        while True:
            try:
                return self._ended.get(timeout=_LONELY_S)
            except queue.Empty:
                if not self._cluster.threads() and not told:
                    told = True
                    self._cluster.tell("the cluster has no workers; waiting for one")

    def stop(self) -> None:
        """Take the marker away, and let parts notice, so that nothing is written afterwards."""
        self._terms.marker.remove()
        until = time.monotonic() + _FAREWELL_S
        with contextlib.suppress(Exception):  # what ended the run is what is told
            while self._under_way() and (left := until - time.monotonic()) > 0:
                if not self._cluster.threads(left):
                    break
                time.sleep(_GLANCE_S)
            parts = self._under_way()
            self._cluster.ask("the end of parts", lambda client: client.cancel(parts), _CANCEL_S)

    def _under_way(self) -> list[Future[Any]]:
        return [future for future in self._running if not future.done()]


def _part(terms: Terms, function: Callable[..., Any], *arguments: Any) -> Any:
    """On a worker."""
    terms.check()
    with opencv.one_thread():
        return function(*arguments)


def _same(value: Any) -> Any:
    return value


async def _sync_all(client: Client) -> None:
    await client.run(_sync, on_error="ignore")


async def _sync() -> None:
    await to_thread(os.sync)  # a worker that writes out a lot is still to answer its scheduler


def _key(function: Callable[..., Any]) -> str:
    """A new one, which tells Dask and its dashboard what kind of part it is."""
    while isinstance(function, partial):
        function = function.func
    return f"{getattr(function, '__name__', 'part')}-{uuid.uuid4().hex}"
