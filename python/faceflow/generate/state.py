"""How far a run has come: kept beside what it makes, through kills and power cuts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from faceflow.database import Database
from faceflow.dataset.records import FrameRecord, PairRecord, encode_rows
from faceflow.generate.made import UnitRecord

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sequence (
  name BLOB PRIMARY KEY, images BLOB NOT NULL, landmarks BLOB NOT NULL, plan BLOB NOT NULL,
  boot TEXT NOT NULL,
  frames INTEGER, pairs INTEGER, failed INTEGER, outputs BLOB, folders BLOB, viz TEXT, totals TEXT,
  synced INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unit (
  name BLOB NOT NULL, start INTEGER NOT NULL, failed INTEGER NOT NULL,
  frames TEXT NOT NULL, pairs TEXT NOT NULL, PRIMARY KEY (name, start)
) WITHOUT ROWID;
"""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Inputs(NamedTuple):
    """Digests of what a sequence is made from."""

    images: bytes
    landmarks: bytes
    """Empty where they are found in the images."""


class Finished(NamedTuple):
    """A sequence that was made to its end."""

    inputs: Inputs
    frames: int
    pairs: int
    failed: int
    outputs: bytes
    """A digest of the names of its files."""
    folders: bytes
    """When its folders changed last."""
    viz: str
    totals: dict[str, Any]
    certain: bool = True
    """Whether its files are as they were written: false where the machine has gone down since, and
    may have lost some."""


class RunState(Database):
    """The sequences and units that are done.

    What was written before the machine went down may not have reached the disk; so a unit counts
    only while the machine is up, and a sequence is certain until then, or once all is known to be
    on the disk.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA, "all is made anew", lazy=True)
        self._boot = _BOOT.read_text().strip() if _BOOT.exists() else ""

    def finished(self, name: bytes) -> Finished | None:
        """What is known of a sequence, if it was made to its end."""
        query = (
            "SELECT images, landmarks, frames, pairs, failed, outputs, folders, viz, totals, "
            "synced OR (boot = ? AND boot != '') "
            "FROM sequence WHERE name = ? AND outputs IS NOT NULL"
        )
        with self.transaction() as connection:
            row = connection.execute(query, (self._boot, name)).fetchone()
        if row is None:
            return None
        *inputs, frames, pairs, failed, outputs, folders, viz, totals, certain = row
        counts, names = (frames, pairs, failed), (outputs, folders)
        return Finished(
            Inputs(*inputs), *counts, *names, viz, json.loads(totals), certain=bool(certain)
        )

    def uncertain_later(self) -> list[bytes]:
        """The sequences that are certain only until the machine goes down."""
        query = "SELECT name FROM sequence WHERE outputs IS NOT NULL AND NOT synced AND boot = ?"
        with self.transaction() as connection:
            return [name for (name,) in connection.execute(query, (self._boot,))]

    def inputs(self, name: bytes) -> Inputs | None:
        """What a sequence was made from, if any of it was made."""
        query = "SELECT images, landmarks FROM sequence WHERE name = ?"
        with self.transaction() as connection:
            row = connection.execute(query, (name,)).fetchone()
        return None if row is None else Inputs(*row)

    def begin(self, name: bytes, inputs: Inputs, plan: bytes) -> bool:
        """Whether units of the sequence that were made before still hold; forget them if not."""
        query = (
            "SELECT 1 FROM sequence WHERE name = ? AND images = ? AND landmarks = ? AND plan = ? "
            "AND boot = ? AND boot != ''"
        )
        facts = (name, *inputs, plan, self._boot)
        with self.transaction() as connection:
            row = connection.execute(query, facts).fetchone()
            if row is None:
                connection.execute("DELETE FROM unit WHERE name = ?", (name,))
            connection.execute(
                "INSERT OR REPLACE INTO sequence (name, images, landmarks, plan, boot) "
                "VALUES (?, ?, ?, ?, ?)",
                facts,
            )
        return row is not None

    def put(self, unit: UnitRecord) -> None:
        """Keep a unit that is done."""
        rows = encode_rows(unit.frames), encode_rows(unit.pairs)
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO unit VALUES (?, ?, ?, ?, ?)",
                (unit.sequence, unit.start, unit.failed(), *rows),
            )

    def drop(self, name: bytes, starts: Sequence[int]) -> None:
        """Forget units, which are made anew."""
        with self.transaction() as connection:
            connection.executemany(
                "DELETE FROM unit WHERE name = ? AND start = ?", [(name, s) for s in starts]
            )

    def starts(self, name: bytes) -> list[int]:
        """The first frames of the units that are done."""
        query = "SELECT start FROM unit WHERE name = ? ORDER BY start"
        with self.transaction() as connection:
            return [start for (start,) in connection.execute(query, (name,))]

    def units(self, name: bytes) -> Iterator[UnitRecord]:
        """The units of a sequence that are done, in order."""
        query = "SELECT start, frames, pairs FROM unit WHERE name = ? ORDER BY start"
        with self.transaction() as connection:
            for start, frames, pairs in connection.execute(query, (name,)):
                yield UnitRecord(
                    name,
                    start,
                    [FrameRecord(**row) for row in json.loads(f"[{frames}]")],
                    [PairRecord(**row) for row in json.loads(f"[{pairs}]")],
                )

    def rows(self, name: bytes, kind: str) -> Iterator[str]:
        """The ``frames`` or ``pairs`` of a sequence's units, as `encode_rows` wrote them."""
        assert kind in ("frames", "pairs")
        query = f"SELECT {kind} FROM unit WHERE name = ? ORDER BY start"
        with self.transaction() as connection:
            for (rows,) in connection.execute(query, (name,)):
                yield rows

    def finish(self, name: bytes, done: Finished) -> None:
        """Keep that a sequence was made to its end; its units only if they are to be mended."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE sequence SET frames = ?, pairs = ?, failed = ?, outputs = ?, folders = ?, "
                "viz = ?, totals = ?, boot = ? WHERE name = ?",
                (*done[1:-2], json.dumps(done.totals), self._boot, name),
            )
            if done.failed == 0:
                connection.execute("DELETE FROM unit WHERE name = ?", (name,))

    def forget(self, names: Sequence[bytes] | None = None) -> None:
        """Have some sequences, or all, made anew."""
        where, rows = ("", [()]) if names is None else (" WHERE name = ?", [(n,) for n in names])
        with self.transaction() as connection:
            for table in ("sequence", "unit"):
                connection.executemany(f"DELETE FROM {table}{where}", rows)

    def reached_disk(self, names: Sequence[bytes]) -> None:
        """These sequences, which are finished, are on the disk now."""
        with self.transaction() as connection:
            query = "UPDATE sequence SET synced = 1 WHERE name = ? AND outputs IS NOT NULL"
            connection.executemany(query, [(name,) for name in names])
