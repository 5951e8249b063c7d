"""Faces that were found once, kept by what they were found from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from faceflow.database import Database
from faceflow.landmarks.face import Face

_SCHEMA = """
CREATE TABLE IF NOT EXISTS frame (
  key BLOB PRIMARY KEY, faces INTEGER NOT NULL, points INTEGER NOT NULL, numbers BLOB NOT NULL
) WITHOUT ROWID
"""


class LandmarkStore(Database):
    """A file of faces by key.

    Raises
    ------
    DatasetError
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
        super().__init__(path, _SCHEMA, "landmarks are found anew")

    def get(self, key: bytes) -> tuple[Face, ...] | None:
        """The faces kept under a key; None if there is no such key, or what it has is damaged."""
        with self.transaction() as connection:
            query = "SELECT faces, points, numbers FROM frame WHERE key = ?"
            row = connection.execute(query, (key,)).fetchone()
        return None if row is None else _unpacked(*row)

    def put(self, items: Iterable[tuple[bytes, tuple[Face, ...]]]) -> None:
        """Keep faces, all of them or none."""
        rows = [(key, *_packed(faces)) for key, faces in items]
        with self.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO frame VALUES (?, ?, ?, ?)", rows)


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
