"""How far a run is: a bar on a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import sys
import time
from typing import Self

import typer

_INTERVAL_S = 10.0


def make_progress() -> LineProgress | BarProgress:
    """The progress that suits stderr."""
    return BarProgress() if sys.stderr.isatty() else LineProgress()


class LineProgress:
    """Plain lines on stderr."""

    def __init__(self) -> None:
        self.start("", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, what: str, total: int) -> None:
        """Tell what begins, and how much of it there is to do."""
        self._what, self._total = what, total
        self._done = self._failed = 0
        self._started = self._told = time.monotonic()

    def advance(self, done: int, failed: int) -> None:
        """Tell that some of it is done."""
        self._done += done
        self._failed += failed
        now = time.monotonic()
        if now - self._told >= _INTERVAL_S and self._done:
            self._told = now
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate
            typer.echo(
                f"{self._done} of {self._total} {self._what}, {rate:.0f}/s, "
                f"{left:.0f} s left, {self._failed} failed",
                err=True,
            )


class BarProgress:
    """A bar of rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskID,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failed]} failed"),
            console=Console(stderr=True),
        )
        self._task = TaskID(0)  # until something starts

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, what: str, total: int) -> None:
        """Tell what begins, and how much of it there is to do."""
        self._task = self._bar.add_task(what, total=total, failed=0, rate="")
        self._done = self._failed = 0
        self._started = time.monotonic()

    def advance(self, done: int, failed: int) -> None:
        """Tell that some of it is done."""
        self._done += done
        self._failed += failed
        rate = f"{self._done / max(time.monotonic() - self._started, 1e-3):.0f}/s"
        self._bar.update(self._task, advance=done, failed=self._failed, rate=rate)
