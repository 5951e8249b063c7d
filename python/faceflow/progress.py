"""Who is told how far a run is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of one thing after the other: what begins, and what of it is done."""

    def start(self, what: str, total: int) -> None: ...

    def advance(self, done: int, failed: int) -> None: ...
