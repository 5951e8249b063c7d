"""The log of a run, which is also its claim on the output folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from faceflow.dataset.layout import log_path
from faceflow.errors import ConfigError
from faceflow.files import open_regular, os_reason, remove_temporary, shown

_log = logging.getLogger("faceflow")


class FaultList:
    """What is not ``ok``: all of it for the log, the first of it for the user, a line each."""

    MOST = 20

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, faults: Iterable[str]) -> None:
        """Take what is told of a sequence."""
        for fault in faults:
            _log.warning("%s", fault)
            if len(self.lines) < self.MOST:
                self.lines.append(fault)


class _Handler(logging.StreamHandler[TextIO]):
    """A log that cannot be written ends the run as any other file does: the disk is full."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        raise


@contextlib.contextmanager
def in_words(output: Path, called: str = "OUTPUT") -> Iterator[None]:
    """Say of an output that cannot be written that another one is needed.

    Raises
    ------
    ConfigError
        In place of errors of the system, but for a full disk's.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ConfigError(
            f"{called} {shown(output)} cannot be written: {os_reason(error)}"
        ) from error


@contextlib.contextmanager
def claimed(output: Path, called: str = "OUTPUT", log: str | None = None) -> Iterator[None]:
    """Hold an output folder, which is made, and take away what killed runs left in it.

    Parameters
    ----------
    output
        The folder.
    called
        What messages call it.
    log
        Name of the file in it that the run's log goes to; by default ``faceflow.log``.

    Raises
    ------
    ConfigError
        Another run holds it, or it cannot be written.
    OSError
        The disk is full.
    """
    with contextlib.ExitStack() as stack:
        with in_words(output, called):
            output.mkdir(parents=True, exist_ok=True)
            stack.enter_context(logging_to(output, called, log))
            remove_temporary(output)
        yield


@contextlib.contextmanager
def logging_to(output: Path, called: str = "OUTPUT", log: str | None = None) -> Iterator[None]:
    """Append what happens to a log, which no other run may hold meanwhile; see `claimed`.

    Raises
    ------
    ConfigError
        Another run holds it.
    OSError
        It cannot be written.
    """
    path = log_path(output) if log is None else output / log
    with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        _hold(stream, f"{called} {shown(output)}")
        handler = _Handler(stream)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _log.setLevel(logging.INFO)
        _log.addHandler(handler)
        try:
            yield
        finally:
            _log.removeHandler(handler)


def is_in_use(output: Path) -> bool:
    """Whether a run holds an output folder; nothing is written to find out."""
    try:
        with open_regular(log_path(output)) as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no log, or no locks on this file system
        return False
    return False


def _hold(stream: TextIO, what: str) -> None:
    """Lock the file; the system gives it back however the process ends."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(f"{what} is in use by another run") from error
    except OSError as error:  # some network file systems have no locks
        _log.info("no lock on the output: %s", error)
