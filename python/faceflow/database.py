"""SQLite files in an output folder, which are whole after kills and power cuts."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from faceflow.errors import DatasetError
from faceflow.files import shown

_SYSTEM_ERRORS = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_IOERR: errno.EIO}


# A log that is written ahead, and forced to the disk only when it is carried over. That would share
# memory between processes, which not every cluster's file system can, were the file not held alone.
_LAZY = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
"""


class Database:
    """A SQLite file; who opens it holds the folder that it is in.

    SQLite's own locks are off: not every cluster's file system has them, and an output folder has
    one owner at a time.

    Parameters
    ----------
    path
        The file.
    schema
        SQL that makes its tables where there are none.
    without
        What happens once the file is deleted, for the message that says that it is damaged.
    lazy
        Leave it to the system when what is committed reaches the disk: a killed process loses
        nothing, a power cut what was committed shortly before it, and never more. One connection
        at a time.

    Raises
    ------
    DatasetError
        The file is no such database.
    OSError
        The disk is full or failing.
    """

    def __init__(self, path: Path, schema: str, without: str, lazy: bool = False) -> None:
        self.path = path
        self._without = without
        with self._in_words():
            uri = f"{path.absolute().as_uri()}?vfs=unix-none"
            self._connection = sqlite3.connect(uri, uri=True)
            try:
                self._connection.executescript(_LAZY + schema if lazy else schema)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection, on which all is done that follows, or nothing."""
        with self._in_words(), self._connection:
            yield self._connection

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # an extended code ends in it
            number = _SYSTEM_ERRORS.get(code)
            if number is not None:
                raise OSError(number, os.strerror(number)) from error
            raise DatasetError(
                f"{shown(self.path)} cannot be used: {error}; once it is deleted, {self._without}"
            ) from error
