"""The connection to a Dask cluster. Every question to it has an end, and says what it waits for."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceflow.errors import ClusterError, ConfigError
from faceflow.files import os_reason, shown

if TYPE_CHECKING:
    from distributed import Client

_QUIET_S = 10.0
"""Seconds of waiting after which the user is told what for."""

_LONGEST_S = 120.0
"""Seconds after which a cluster that does not answer counts as lost."""


class Cluster:
    """A connection to the scheduler of a Dask cluster.

    Parameters
    ----------
    scheduler
        Address (``tcp://host:port``), or the file that ``dask scheduler --scheduler-file`` writes.
    tell
        Called with one line when an answer takes more than a few seconds.

    Raises
    ------
    ConfigError
        ``distributed`` is not installed, or the scheduler cannot be reached.
    """

    def __init__(self, scheduler: str, tell: Callable[[str], None]) -> None:
        self.scheduler = scheduler
        self.tell = tell
        self.client = _connect(scheduler)

    def close(self) -> None:
        """End the connection; a scheduler that does not answer is left without a farewell."""
        with contextlib.suppress(OSError):  # TimeoutError is one
            self.client.close(timeout=_QUIET_S)

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Run a coroutine on the client's loop, where the client's methods are coroutines too."""
        loop: Any = self.client.loop
        return asyncio.run_coroutine_threadsafe(coroutine, loop.asyncio_loop)

    def ask(
        self,
        what: str,
        question: Callable[[Client], Awaitable[Any]],
        longest: float | None = None,
    ) -> Any:
        """Return the answer to a question.

        Parameters
        ----------
        what
            What is waited for, as messages name it.
        question
            Called with the client on its loop.
        longest
            Seconds that are waited at most; by default two minutes.

        Raises
        ------
        ClusterError
            There was no answer within that time.
        CancelledError
            The connection was lost.
        """

        async def answer() -> Any:
            return await question(self.client)

        most = _LONGEST_S if longest is None else longest
        future = self.start(answer())
        try:
            if not wait([future], min(_QUIET_S, most)).done:
                if most > _QUIET_S:
                    self.tell(f"waiting for {what} of the cluster {self.scheduler}")
                if not wait([future], max(0.0, most - _QUIET_S)).done:
                    raise ClusterError(
                        f"{what} of the cluster {self.scheduler} did not come within {most:g} s; "
                        "the same command goes on"
                    )
            return future.result()
        except OSError as error:  # of the connection
            raise CancelledError from error
        finally:
            future.cancel()

    def threads(self, longest: float | None = None) -> int:
        """Count the threads of all workers that are there now."""
        return sum(self.ask("the list of workers", _threads, longest).values())

    @contextlib.contextmanager
    def in_words(self) -> Iterator[None]:
        """Raise what went wrong on the cluster as `ClusterError`."""
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
                f"the scheduler {self.scheduler} was lost; the same command goes on"
            ) from error


async def _threads(client: Client) -> dict[str, int]:
    threads: dict[str, int] = await client.nthreads()
    return threads


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
    """Read the address that a scheduler's file holds, or take an address as it is."""
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
