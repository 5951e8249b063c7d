"""Knowing what has reached the disk: a machine that goes down loses what has not."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from faceflow.generate.state import RunState

_INTERVAL_S = 30.0


class DiskSync:
    """Has the system write out its caches now and then, and notes the sequences that were.

    Meanwhile the run goes on. At its end all is on the disk, unless the run was stopped.
    """

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="faceflow-sync")
        self._waiting: list[bytes] = []
        self._under_way: tuple[Future[None], list[bytes]] | None = None
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False)

    def finished(self, sequence: bytes) -> None:
        """A sequence's record has been written."""
        self._waiting.append(sequence)
        if self._under_way is not None and self._under_way[0].done():
            self._note()
        if self._under_way is None and time.monotonic() - self._last >= _INTERVAL_S:
            self._begin()

    def settle(self) -> None:
        """Wait until everything is on the disk."""
        while self._under_way is not None or self._waiting:
            if self._under_way is None:
                self._begin()
            self._note()

    def _begin(self) -> None:
        self._last = time.monotonic()
        self._under_way = self._pool.submit(os.sync), self._waiting
        self._waiting = []

    def _note(self) -> None:
        assert self._under_way is not None
        future, sequences = self._under_way
        future.result()
        self._state.reached_disk(sequences)
        self._under_way = None
