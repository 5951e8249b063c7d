"""The claim of a run on its output folder: a lock that no other run can have, and a log."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from faceflow.dataset.layout import lock_path, log_path
from faceflow.errors import ConfigError
from faceflow.files import open_regular, os_reason, remove_temporary, shown

if TYPE_CHECKING:
    from filelock import BaseFileLock

_ASIDE_S = 0.5
"""Seconds in which a lock may be given back: `is_in_use` takes it for a moment."""

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
def claimed(
    output: Path, called: str = "OUTPUT", log: str | None = None, lock: bool = True
) -> Iterator[None]:
    """Hold an output folder, log to it, and remove what killed runs left in it.

    Parameters
    ----------
    output
        The folder; made where there is none.
    called
        Its name in messages.
    log
        Name of the log file in the folder; by default ``faceflow.log``.
    lock
        Lock the folder. Without a lock, the user sees to it that no other run writes there.

    Raises
    ------
    ConfigError
        Another run holds the folder, it cannot be locked, or it cannot be written.
    OSError
        The disk is full.
    """
    with contextlib.ExitStack() as stack:
        with in_words(output, called):
            output.mkdir(parents=True, exist_ok=True)
            if lock:
                stack.enter_context(_locked(output, called))
            stack.enter_context(_logging_to(log_path(output) if log is None else output / log))
            remove_temporary(output)
        yield


@contextlib.contextmanager
def _locked(output: Path, called: str) -> Iterator[None]:
    """Hold the lock of a folder; the system gives it back however the process ends."""
    from filelock import Timeout

    lock = _lock_of(output)
    try:
        lock.acquire(timeout=_ASIDE_S)
    except Timeout as error:
        raise ConfigError(f"{called} {shown(output)} is in use by another run") from error
    except OSError as error:
        if not _is_of_locking(error):
            raise
        raise ConfigError(
            f"cannot lock {called} {shown(output)}: {os_reason(error)}; make sure that no other "
            "run writes there, then give --no-lock"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _lock_of(output: Path) -> BaseFileLock:
    from filelock import FileLock

    # A file of another kind, which filelock offers in place of the system's lock, outlives a killed
    # run. The lock belongs to the process: a generator may be closed by another thread.
    return FileLock(lock_path(output), thread_local=False, fallback_to_soft=False)


def _is_of_locking(error: OSError) -> bool:
    """Tell a file system without locks from a folder that cannot be written."""
    return error.errno in (
        errno.ENOSYS,
        errno.ENOLCK,
        errno.EOPNOTSUPP,
        errno.ENOTSUP,
        errno.EINVAL,
    )


def is_in_use(output: Path) -> bool:
    """Whether a run holds an output folder; False where that cannot be known."""
    try:
        with open_regular(lock_path(output)) as stream:
            return not _can_share(stream.fileno())
    except OSError:  # no lock, or no locks on this file system
        return False


def _can_share(descriptor: int) -> bool:
    """Try a lock that any number of processes may share, for a moment; it needs no write access."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is locked cannot be read
        os.read(descriptor, 1)
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Append what happens to a log."""
    with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        handler = _Handler(stream)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _log.setLevel(logging.INFO)
        _log.addHandler(handler)
        try:
            yield
        finally:
            _log.removeHandler(handler)
