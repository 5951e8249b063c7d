"""The log of a run, which is also its claim on the output folder."""

from __future__ import annotations

import contextlib
import fcntl
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from faceflow.dataset.layout import log_path
from faceflow.errors import ConfigError
from faceflow.files import shown

_log = logging.getLogger("faceflow")


class _Handler(logging.StreamHandler[TextIO]):
    """A log that cannot be written ends the run as any other file does: the disk is full."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        raise


@contextlib.contextmanager
def logging_to(output: Path) -> Iterator[None]:
    """Append what happens to ``faceflow.log``, which no other run may hold meanwhile.

    Raises
    ------
    ConfigError
        Another run holds it.
    OSError
        It cannot be written.
    """
    with log_path(output).open("a", encoding="utf-8", errors="backslashreplace") as stream:
        _hold(stream, output)
        handler = _Handler(stream)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _log.setLevel(logging.INFO)
        _log.addHandler(handler)
        try:
            yield
        finally:
            _log.removeHandler(handler)


def _hold(stream: TextIO, output: Path) -> None:
    """Lock the file; the system gives it back however the process ends."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(f"OUTPUT {shown(output)} is in use by another run") from error
    except OSError as error:  # some network file systems have no locks
        _log.info("no lock on the output: %s", error)
