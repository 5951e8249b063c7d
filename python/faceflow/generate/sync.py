"""Knowing what has reached the disk: a machine that goes down loses what has not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from faceflow.generate.state import RunState

_INTERVAL_S = 30.0

_log = logging.getLogger("faceflow")


class DiskSync:
    """Has the system write out its caches now and then, and notes the sequences that were.

    Meanwhile the run goes on, and it does not wait for the disk at its end: what was made last is
    noted by the next run, or checked by it if the machine has gone down before.

    Parameters
    ----------
    state
        The run's.
    sync
        Writes out the caches of whoever wrote files.
    """

    def __init__(self, state: RunState, sync: Callable[[], None]) -> None:
        self._state = state
        self._sync = sync
        self._waiting = state.uncertain_later()
        self._under_way: tuple[threading.Event, list[bytes]] | None = None
        self._last = time.monotonic()
        if self._waiting:
            self._begin()

    def finished(self, sequence: bytes) -> None:
        """A sequence's record has been written."""
        self._waiting.append(sequence)
        self.note()
        if self._under_way is None and time.monotonic() - self._last >= _INTERVAL_S:
            self._begin()

    def note(self) -> None:
        """Note the sequences that are on the disk now, if the system says so."""
        if self._under_way is not None and self._under_way[0].is_set():
            self._state.reached_disk(self._under_way[1])
            self._under_way = None

    def _begin(self) -> None:
        done = threading.Event()
        self._last = time.monotonic()
        self._under_way, self._waiting = (done, self._waiting), []
        # No run waits at its end for a thread of this kind.
        threading.Thread(
            target=self._write_out, args=[done], name="faceflow-sync", daemon=True
        ).start()

    def _write_out(self, done: threading.Event) -> None:
        try:
            self._sync()
        except Exception as error:  # workers that have gone, say: then nothing is known
            _log.warning("caches were not written out: %s", error)
        else:
            done.set()
