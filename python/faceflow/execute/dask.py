"""Running work on an existing Dask cluster, whose workers share a file system with this machine.

Results come back to this process, which alone keeps the run's state. A part that a worker took to
its grave is run by another, so that each ends once; its files are written whole or not at all, and
are the same whoever writes them.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import time
import uuid
from asyncio import to_thread
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from faceflow import opencv
from faceflow.errors import ClusterError, ConfigError
from faceflow.execute.crew import run_on
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Result, Work
from faceflow.execute.workers import RunMarker, Terms, examination, versions
from faceflow.files import os_reason, shown

if TYPE_CHECKING:
    from distributed import Client, Future

_LOOK_S = 1.0
"""How old the number of the cluster's threads may be."""

_LONELY_S = 10.0
"""How long nothing may end before it is asked whether there are workers."""

_FAREWELL_S = 30.0
"""How long parts under way may take to notice that the run was stopped."""

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
        self._scheduler = scheduler
        self._marker = RunMarker(output)
        self._inputs = inputs
        self._tell = tell
        self._client = _connect(scheduler)
        self.here = LocalExecutor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

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
        here = versions()
        with self._in_words():
            problem = self._client.run_on_scheduler(examination(here))
            if problem is not None:
                raise ConfigError(f"the scheduler {self._scheduler} {problem}")
            examine = examination(here, self._marker.path, self._inputs)
            found = self._client.run(examine, on_error="return")
        if not found:
            raise ConfigError(
                f"the cluster of {self._scheduler} has no workers yet; once it has one, it may "
                "grow and shrink"
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
        pool = _Workers(self._client, Terms(self._marker, versions()), self._tell)
        with self._in_words():
            yield from run_on(pool, works, advance)

    def sync(self) -> None:
        """Write out the caches of this machine and of the workers'."""
        os.sync()
        self._client.run(_sync, on_error="ignore")

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        from distributed import KilledWorker

        try:
            yield
        except KilledWorker as error:
            name, worker = str(error.task).rpartition("-")[0], error.last_worker.address
            raise ClusterError(
                f"{error.allowed_failures + 1} workers died of the same part ({name}), the last "
                f"was {worker}: their logs say why; memory may be short"
            ) from error
        except CancelledError as error:
            raise ClusterError(
                f"the scheduler {self._scheduler} was lost; the same command goes on"
            ) from error


class _Workers:
    """The workers of a cluster as a pool, for one run of works."""

    def __init__(self, client: Client, terms: Terms, tell: Callable[[str], None]) -> None:
        self._client = client
        self._terms = terms
        self._tell = tell
        self._running: set[Future[Any]] = set()
        self._done: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._threads = 0
        self._looked = -_LOOK_S

    def room(self) -> int:
        """Threads of the workers that there are now: a cluster may grow and shrink."""
        if time.monotonic() - self._looked >= _LOOK_S:
            self._threads = self._count()
            self._looked = time.monotonic()
        return max(1, self._threads)

    def _count(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except OSError as error:  # of the connection; a part's own comes as its result
            raise CancelledError from error

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
        future.add_done_callback(self._done.put)
        return future

    def ended(self) -> Iterator[tuple[Future[Any], Any]]:
        ended = [self._wait()]
        with contextlib.suppress(queue.Empty):
            while True:
                ended.append(self._done.get_nowait())
        self._running.difference_update(ended)
        good = [future for future in ended if future.status == "finished"]
        yield from zip(good, self._gathered(good), strict=True)
        for future in set(ended).difference(good):
            yield future, future.result()

    def _gathered(self, futures: list[Future[Any]]) -> list[Any]:
        try:
            return list(self._client.gather(futures))
        except OSError as error:
            # Of a part, if it was made again elsewhere because its worker died just now.
            if any(future.status == "error" for future in futures):
                raise
            raise CancelledError from error

    def _wait(self) -> Future[Any]:
        told = False
        while True:
            try:
                return self._done.get(timeout=_LONELY_S)
            except queue.Empty:
                if not told and not self._count():
                    told = True
                    self._tell("the cluster has no workers; waiting for one")

    def stop(self) -> None:
        """Take the marker away, and let parts notice, so that nothing is written afterwards."""
        self._terms.marker.remove()
        until = time.monotonic() + _FAREWELL_S
        with contextlib.suppress(Exception):  # what ended the run is what is told
            while self._under_way() and self._count() and time.monotonic() < until:
                time.sleep(_GLANCE_S)
            self._client.cancel(self._under_way())

    def _under_way(self) -> list[Future[Any]]:
        return [future for future in self._running if not future.done()]


def _part(terms: Terms, function: Callable[..., Any], *arguments: Any) -> Any:
    """On a worker."""
    terms.check()
    with opencv.one_thread():
        return function(*arguments)


def _same(value: Any) -> Any:
    return value


async def _sync() -> None:
    await to_thread(os.sync)  # a worker that writes out a lot is still to answer its scheduler


def _key(function: Callable[..., Any]) -> str:
    """A new one, which tells Dask and its dashboard what kind of part it is."""
    while isinstance(function, partial):
        function = function.func
    return f"{getattr(function, '__name__', 'part')}-{uuid.uuid4().hex}"


def _connect(scheduler: str) -> Client:
    try:
        from distributed import Client
        from distributed.comm.addressing import resolve_address
    except ImportError as error:
        raise ConfigError("--executor dask needs distributed: pip install 'faceflow[dask]'") from (
            error
        )
    address = _address(scheduler)
    try:
        resolve_address(address)  # a wrong name is told at once, and leaves no half-made client
        return Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) and error.errno else error
        raise ConfigError(f"--scheduler {shown(scheduler)} cannot be reached: {reason}") from error


def _address(scheduler: str) -> str:
    """What to connect to, by itself or as a scheduler's file has it."""
    host, colon, port = scheduler.rpartition(":")
    if host and colon and port.isdecimal():
        return scheduler
    try:
        address = json.loads(Path(scheduler).read_bytes())["address"]
        if not isinstance(address, str):
            raise TypeError(address)
        return address
    except OSError as error:
        why = os_reason(error)
    except (ValueError, LookupError, TypeError):
        why = "it holds no address"
    raise ConfigError(
        f"--scheduler {shown(scheduler)} is not taken ({why}): tcp://host:port or a scheduler's "
        "file is"
    )
