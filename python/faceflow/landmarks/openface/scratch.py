"""Folders that are gone when they have been used."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path


class Scratch:
    """A folder that is there while something is in it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Take away what a run that was killed has left."""
        shutil.rmtree(self._root, ignore_errors=True)

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """A new empty folder.

        Its name is random: a process that outlived a run that was killed writes into no other's.
        """
        with self._lock:
            self._root.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=self._root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with self._lock, contextlib.suppress(OSError):
                self._root.rmdir()  # the last one out
