"""What an executor is: whoever runs the parts of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from faceflow.execute.work import Result, Work

if TYPE_CHECKING:
    from faceflow.execute.local import LocalExecutor


class Executor(Protocol):
    """Runs works for one run of a command; once it was stopped, it stays so."""

    @property
    def stopped(self) -> Callable[[], bool]:
        """For parts to ask whether they are to end early; goes wherever they go.

        Where they cannot be told so, it raises: what was cut short never passes for whole.
        """

    @property
    def here(self) -> LocalExecutor:
        """Runs, on this machine, what cannot be sent to others."""

    @property
    def for_detectors(self) -> Executor:
        """Runs what finds landmarks, which takes much memory in each process."""

    def ready(self) -> AbstractContextManager[None]:
        """Make sure that parts can run, from when the output folder is claimed to the end.

        Raises
        ------
        ConfigError
            They cannot.
        """

    def run(
        self, works: Iterable[Work[Result]], advance: Callable[[Any], None]
    ) -> Iterator[Result]:
        """Run works; what is open when the iteration ends early is stopped.

        Parameters
        ----------
        works
            Taken one by one as there is room.
        advance
            Told what each part returned, as soon as it has.

        Yields
        ------
        result
            Of each work, as they end.
        """

    def sync(self) -> None:
        """Have what parts wrote reach the disk."""
