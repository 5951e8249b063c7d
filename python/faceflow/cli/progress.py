"""How far a run is: a bar on a terminal, elsewhere a line every ten seconds.

Both speak up where nothing gets done, so that no run stands still in silence.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import Self

import typer

_INTERVAL_S = 10.0


_interrupted = threading.Event()


def interrupt() -> None:
    """Have the run stop at its next step, should the exception that is raised now be lost.

    Python drops an exception that a signal raises within ``__del__`` or a callback of a library's;
    Ctrl-C would then have no effect.
    """
    _interrupted.set()


def _stop_if_interrupted() -> None:
    if _interrupted.is_set():
        raise KeyboardInterrupt


def _in_words(rate: float) -> str:
    return f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def make_progress() -> LineProgress | BarProgress:
    """The progress that suits stderr."""
    return BarProgress() if sys.stderr.isatty() else LineProgress()


def _idle(since: float) -> str:
    """Words for the time in which nothing was done; none for less than an interval."""
    seconds = time.monotonic() - since
    return "" if seconds < _INTERVAL_S else f"nothing done for {seconds:.0f} s"


class LineProgress:
    """Plain lines on stderr, from a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.start("", 0)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="faceflow-progress", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(1.0)  # no line comes after the summary

    def start(self, what: str, total: int) -> None:
        """Tell what begins, and how much of it there is to do."""
        with self._lock:
            self._what, self._total = what, total
            self._done = self._failed = 0
            self._note: str | None = None
            self._started = self._last = time.monotonic()

    def advance(self, done: int, failed: int, note: str | None = None) -> None:
        """Tell that some of it is done; a note takes the place of how many failed."""
        _stop_if_interrupted()
        with self._lock:
            self._done += done
            self._failed += failed
            self._note = note
            self._last = time.monotonic()

    def _run(self) -> None:
        while not self._ended.wait(_INTERVAL_S):
            with self._lock:
                line = self._line()
            if line:
                typer.echo(line, err=True)

    def _line(self) -> str:
        if self._done >= self._total:
            return ""
        words = [f"{self._done} of {self._total} {self._what}"]
        if self._done:
            rate = self._done / (time.monotonic() - self._started)
            words += [_in_words(rate), f"{(self._total - self._done) / rate:.0f} s left"]
        words += [self._note or f"{self._failed} failed", _idle(self._last)]
        return ", ".join(filter(None, words))


class BarProgress:
    """A bar of rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            Task,
            TaskID,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        progress = self
        self._last = time.monotonic()

        class IdleColumn(ProgressColumn):
            max_refresh = 0.5

            def render(self, task: Task) -> Text:
                return Text("" if task.finished else _idle(progress._last))

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            IdleColumn(),
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
        self._started = self._last = time.monotonic()

    def advance(self, done: int, failed: int, note: str | None = None) -> None:
        """Tell that some of it is done; a note takes the place of how many failed."""
        _stop_if_interrupted()
        self._done += done
        self._failed += failed
        self._last = time.monotonic()
        note = note or f"{self._failed} failed"
        rate = _in_words(self._done / max(time.monotonic() - self._started, 1e-3))
        self._bar.update(self._task, advance=done, note=note, rate=rate)
