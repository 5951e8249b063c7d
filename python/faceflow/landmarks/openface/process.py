"""A process that is watched: it ends, is stopped for time, or is stopped with the run."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from faceflow.files import os_reason
from faceflow.landmarks.openface.program import Ending, Program

_POLL_S = 0.05
_LOOKS_PER_TIMEOUT = 20
_FAREWELL_S = 10.0
"""Seconds in which a killed process ends, unless it waits for a disk that does not answer."""

_TAIL_BYTES = 64 * 1024
_PRINTED = "printed.txt"


class Watch(NamedTuple):
    """When a process is stopped."""

    folder: Path
    """Where it writes to."""

    timeout: float
    """Seconds after which it is, if nothing in the folder has changed."""

    most: float
    """Seconds after which it is in any case."""

    stopped: Callable[[], bool]
    """Whether the run is to end."""


def run_watched(
    program: Program,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    watch: Watch,
) -> Ending:
    """Run a program to its end, and end with it whatever it has started.

    Parameters
    ----------
    program, arguments, environment
        What to run, and the variables that are set beside our own.
    folder
        Where it runs; what it prints goes to a file there, so that no pipe runs full.
    watch
        When it is stopped.
    """
    with (folder / _PRINTED).open("w+b") as printed:
        try:
            process = subprocess.Popen(
                [str(program.path), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        except OSError as error:
            return Ending(program, f"could not be started: {os_reason(error)}")
        try:
            ending = _wait(process, program, watch)
        finally:
            _kill(process)
        return ending._replace(output=_tail(printed))


def _wait(process: subprocess.Popen[bytes], program: Program, watch: Watch) -> Ending:
    start = looked = changed = time.monotonic()
    seen: dict[str, int] = {}
    while not watch.stopped():
        with contextlib.suppress(subprocess.TimeoutExpired):
            return _ended(program, process.wait(_POLL_S))
        now = time.monotonic()
        if now - start > watch.most:
            return Ending(program, f"was stopped after {watch.most:g} s in all", timed_out=True)
        if now - looked < watch.timeout / _LOOKS_PER_TIMEOUT:
            continue
        looked, listing = now, _sizes(watch.folder)
        if listing != seen:
            seen, changed = listing, now
        elif now - changed > watch.timeout:
            how = f"was stopped after {watch.timeout:g} s in which it wrote nothing"
            return Ending(program, how, timed_out=True)
    return Ending(program, "was stopped, as the run was")


def _ended(program: Program, code: int) -> Ending:
    how = f"ended with code {code}" if code >= 0 else f"was killed by signal {-code}"
    return Ending(program, how, code)


def _sizes(folder: Path) -> dict[str, int]:
    sizes = {}
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            sizes[entry.name] = entry.stat(follow_symlinks=False).st_size
    return sizes


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children, also those that outlived it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # none is left
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_FAREWELL_S)


def _tail(printed: io.BufferedRandom) -> str:
    """The last whole lines of at most 64 KiB."""
    size = printed.seek(0, os.SEEK_END)
    start = max(0, size - _TAIL_BYTES)
    printed.seek(start)
    data = printed.read(_TAIL_BYTES)
    if start > 0:
        data = data[data.find(b"\n") + 1 :]
    return data.decode(errors="backslashreplace")
