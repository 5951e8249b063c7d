"""Parts of work for tests of executors, in a module that workers of a cluster can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from faceflow.errors import FrameError


def power(base: int, exponent: int) -> tuple[int, int]:
    """The exponent, and the power."""
    return exponent, base**exponent


def length(shared: bytes, _: int) -> int:
    """Of what is shared."""
    return len(shared)


def meet(folder: Path, _: int) -> int:
    """Ends once two processes are at it."""
    (folder / str(os.getpid())).touch()
    until = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2:
        assert time.monotonic() < until, "no other process came"
        time.sleep(0.01)
    return os.getpid()


def fail(error: Exception) -> None:
    """Raise it."""
    raise error


def attempt(where: Path, _: int) -> None:
    """Note the process, and kill it."""
    with where.open("a") as file:
        file.write(f"{os.getpid()}\n")
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """A result that kills the first process that sends it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[type[Mortal], tuple[Path]]:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Mortal, (self.mark,)


def linger(shared: tuple[Path, Any], number: int) -> None:
    """Run until the run is stopped."""
    folder, stopped = shared
    (folder / f"{number} began").touch()
    while not stopped():
        time.sleep(0.01)


def fail_after(folder: Path) -> None:
    """Raise once another part has begun."""
    while not list(folder.iterdir()):
        time.sleep(0.01)
    raise FrameError("bad_landmarks", "stops the run")
