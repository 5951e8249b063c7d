"""Faces that were found once, kept by what they were found from."""

from __future__ import annotations

import contextlib
import errno
import math
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from faceflow.errors import ConfigError
from faceflow.files import shown
from faceflow.landmarks.face import Face

_SCHEMA = """
CREATE TABLE IF NOT EXISTS frame (
  key BLOB PRIMARY KEY, faces INTEGER NOT NULL, points INTEGER NOT NULL, numbers BLOB NOT NULL
) WITHOUT ROWID
"""
_SYSTEM_ERRORS = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_IOERR: errno.EIO}


class LandmarkStore:
    """A file of faces by key; who opens it holds the folder that it is in.

    SQLite keeps it whole through kills and power cuts. Its own locks are off, since not every
    cluster's file system has them, and the output folder has one owner at a time.

    Raises
    ------
    ConfigError
        The file is no such store.
    OSError
        The disk is full or failing.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with LandmarkStore(pathlib.Path(folder, "landmarks.sqlite")) as store:
    ...         store.put([(b"key", (Face(np.zeros((3, 2)), 0.9),))])
    ...         print(store.get(b"key")[0].confidence, store.get(b"other"))
    0.9 None
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._errors():
            uri = f"{path.absolute().as_uri()}?nolock=1"
            self._connection = sqlite3.connect(uri, uri=True)
            try:
                self._connection.execute(_SCHEMA)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, key: bytes) -> tuple[Face, ...] | None:
        """The faces kept under a key; None if there is no such key, or what it has is damaged."""
        with self._errors():
            query = "SELECT faces, points, numbers FROM frame WHERE key = ?"
            row = self._connection.execute(query, (key,)).fetchone()
        return None if row is None else _unpacked(*row)

    def put(self, items: Iterable[tuple[bytes, tuple[Face, ...]]]) -> None:
        """Keep faces, all of them or none."""
        rows = [(key, *_packed(faces)) for key, faces in items]
        with self._errors(), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO frame VALUES (?, ?, ?, ?)", rows)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = (
                getattr(error, "sqlite_errorcode", 0) & 0xFF
            )  # extended codes end in the plain one
            if code in _SYSTEM_ERRORS:
                raise OSError(_SYSTEM_ERRORS[code], str(error), str(self.path)) from error
            raise ConfigError(
                f"{shown(self.path)} cannot be used: {error}; without it, landmarks are found anew"
            ) from error


def _packed(faces: tuple[Face, ...]) -> tuple[int, int, bytes]:
    points = len(faces[0].landmarks) if faces else 0
    numbers = [
        np.append(math.nan if face.confidence is None else face.confidence, face.landmarks)
        for face in faces
    ]
    return len(faces), points, np.array(numbers, "<f8").tobytes()


def _unpacked(faces: object, points: object, data: object) -> tuple[Face, ...] | None:
    if not (isinstance(faces, int) and isinstance(points, int) and isinstance(data, bytes)):
        return None
    if faces < 0 or points < 0 or len(data) != faces * (1 + 2 * points) * 8:
        return None
    numbers = np.frombuffer(data, "<f8").reshape(faces, 1 + 2 * points)
    if not np.isfinite(numbers[:, 1:]).all():
        return None
    return tuple(
        Face(
            row[1:].reshape(points, 2).astype(np.float64),
            None if math.isnan(row[0]) else float(row[0]),
        )
        for row in numbers
    )
