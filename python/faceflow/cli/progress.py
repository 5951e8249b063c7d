"""How far a run is: a bar on a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import sys
import time
from typing import Self

import typer

_INTERVAL_S = 10.0


def _in_words(rate: float) -> str:
    return f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


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

    def advance(self, done: int, failed: int, note: str | None = None) -> None:
        """Tell that some of it is done; a note takes the place of how many failed."""
        self._done += done
        self._failed += failed
        now = time.monotonic()
        if now - self._told >= _INTERVAL_S and self._done:
            self._told = now
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate
            typer.echo(
                f"{self._done} of {self._total} {self._what}, {_in_words(rate)}, "
                f"{left:.0f} s left, {note or f'{self._failed} failed'}",
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
            TextColumn("{task.fields[note]}"),
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
        self._task = self._bar.add_task(what, total=total, note="0 failed", rate="")
        self._done = self._failed = 0
        self._started = time.monotonic()

    def advance(self, done: int, failed: int, note: str | None = None) -> None:
        """Tell that some of it is done; a note takes the place of how many failed."""
        self._done += done
        self._failed += failed
        note = note or f"{self._failed} failed"
        rate = _in_words(self._done / max(time.monotonic() - self._started, 1e-3))
        self._bar.update(self._task, advance=done, note=note, rate=rate)
