"""What is measured already: kept beside the results, through kills and power cuts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from faceflow.database import Database
from faceflow.errors import DatasetError
from faceflow.files import shown
from faceflow.flow.score import Score
from faceflow.types import AnyArray

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outcome (
  method INTEGER NOT NULL, place INTEGER NOT NULL, seconds REAL NOT NULL, resized INTEGER NOT NULL,
  sums BLOB, problem TEXT, PRIMARY KEY (method, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
  method INTEGER NOT NULL, sequence INTEGER NOT NULL, errors BLOB NOT NULL,
  PRIMARY KEY (method, sequence)
) WITHOUT ROWID;
"""


class Counts(NamedTuple):
    """The errors of a method on a sequence, by size."""

    endpoints: AnyArray
    angles: AnyArray
    """As of a `Score`."""

    @classmethod
    def none(cls) -> Counts:
        """Of no pair."""
        return cls(*Score.none()[1:])

    def add(self, score: Counts | Score) -> None:
        """Count more."""
        np.add(self.endpoints, score.endpoints, out=self.endpoints)
        np.add(self.angles, score.angles, out=self.angles)


class Row(NamedTuple):
    """What is known of a pair and a method."""

    place: int
    seconds: float
    resized: bool
    sums: AnyArray | None
    """A score's table; None where there is none."""
    problem: str | None


class State(Database):
    """The pairs that are done, by method, and the counts of their errors, by method and sequence.

    Counts are written together with the pairs that they are of, so that they always agree.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA, "all is measured anew", lazy=True)

    def options(self) -> dict[str, Any] | None:
        """What the run was begun with; None for a new one."""
        with self.transaction() as connection:
            row = connection.execute("SELECT options FROM run").fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def begin(self, options: Mapping[str, Any]) -> None:
        """Keep what the run is begun with, and nothing of an earlier one."""
        with self.transaction() as connection:
            for table in ("run", "outcome", "counts"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT INTO run VALUES (?)", (json.dumps(options),))

    def done(self, method: int) -> set[int]:
        """The places of the pairs that a method has been scored on."""
        query = "SELECT place FROM outcome WHERE method = ? AND sums IS NOT NULL"
        with self.transaction() as connection:
            return {place for (place,) in connection.execute(query, (method,))}

    def put(
        self,
        rows: Sequence[tuple[int, Row]],
        counts: Mapping[tuple[int, int], Counts],
    ) -> None:
        """Keep rows, each with its method, and counts by (method, sequence)."""
        packed_rows = [
            (method, row.place, row.seconds, row.resized, _sums(row.sums), row.problem)
            for method, row in rows
        ]
        packed = [(*key, _packed(count)) for key, count in counts.items()]
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?, ?)", packed_rows
            )
            connection.executemany("INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", packed)

    def rows(self, method: int) -> Iterator[Row]:
        """All that is known of a method, in the order of the pairs."""
        query = (
            "SELECT place, seconds, resized, sums, problem FROM outcome WHERE method = ? "
            "ORDER BY place"
        )
        shape = Score.none().table.shape
        with self.transaction() as connection:
            for place, seconds, resized, sums, problem in connection.execute(query, (method,)):
                table = None if sums is None else self._array(sums, shape)
                yield Row(place, seconds, bool(resized), table, problem)

    def counts(self, method: int, sequence: int) -> Counts:
        """The errors of a method on a sequence, by size."""
        query = "SELECT errors FROM counts WHERE method = ? AND sequence = ?"
        with self.transaction() as connection:
            row = connection.execute(query, (method, sequence)).fetchone()
        none = Counts.none()
        if row is None:
            return none
        rows, bins = none.endpoints.shape
        data = self._array(_unpacked(row[0], (rows + 1) * bins), (rows + 1, bins))
        return Counts(data[:rows].copy(), data[rows].copy())

    def _array(self, data: bytes, shape: tuple[int, ...]) -> AnyArray:
        array = np.frombuffer(data, np.dtype("<i8"))
        if array.size != np.prod(shape):
            raise DatasetError(f"{shown(self.path)} is damaged; once it is deleted, all is anew")
        return array.reshape(shape)


def _sums(table: AnyArray | None) -> bytes | None:
    return None if table is None else table.astype("<i8").tobytes()


def _packed(counts: Counts) -> bytes:
    data = np.vstack([counts.endpoints, counts.angles]).astype("<i8").tobytes()
    return zlib.compress(data, 1)


def _unpacked(data: bytes, numbers: int) -> bytes:
    return zlib.decompressobj().decompress(data, 8 * numbers + 1)
