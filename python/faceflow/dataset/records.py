"""What became of every frame and pair: ``sequence.json`` and ``dataset.json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from faceflow.errors import DatasetError
from faceflow.files import atomic_write, open_regular, os_reason, shown

Status: TypeAlias = Literal["ok", "failed", "skipped"]

SKIPPED_REASONS = frozenset({"no_face", "low_confidence", "below_quality", "degenerate"})
"""The reasons that are no failure; all others are."""

_MOST_BYTES = 2**30


def status_of(reason: str) -> Status:
    """The status that goes with a reason.

    Examples
    --------
    >>> status_of("no_face"), status_of("bad_landmarks")
    ('skipped', 'failed')
    """
    return "skipped" if reason in SKIPPED_REASONS else "failed"


@dataclass(frozen=True)
class FrameRecord:
    """One frame."""

    name: str
    status: Status = "ok"
    reason: str | None = None
    detail: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class PairRecord:
    """One pair; the statistics are None where it has no flow."""

    first: str
    second: str
    status: Status = "ok"
    reason: str | None = None
    detail: str | None = None
    valid_px: int | None = None
    mean_px: float | None = None
    max_px: float | None = None
    flipped: int | None = None


@dataclass(frozen=True)
class SequenceRecord:
    """One sequence; `triangles` is None where there are none for all of it."""

    subject: str
    sequence: str
    size: tuple[int, int] | None
    triangles: list[list[int]] | None
    frames: list[FrameRecord]
    pairs: list[PairRecord]

    def failed(self) -> bool:
        """Whether anything is worth trying again."""
        frames = any(frame.status == "failed" for frame in self.frames)
        return frames or any(pair.status == "failed" for pair in self.pairs)


def faults(record: SequenceRecord) -> Iterator[str]:
    """A line for each frame that is not ``ok``, and each pair that is not though its frames are."""
    name = shown(f"{record.subject}/{record.sequence}")
    for frame in record.frames:
        if frame.status != "ok":
            yield f"{name}: frame {shown(frame.name)} {frame.status}: {frame.detail}"
    good = {frame.name for frame in record.frames if frame.status == "ok"}
    for pair in record.pairs:
        if pair.status != "ok" and {pair.first, pair.second} <= good:
            names = f"{shown(pair.first)} -> {shown(pair.second)}"
            yield f"{name}: pair {names} {pair.status}: {pair.detail}"


def write_record(path: Path, record: SequenceRecord) -> None:
    """Write ``sequence.json``, a frame or pair a line."""
    fields = asdict(record)
    lines = []
    for key, value in fields.items():
        if key in ("frames", "pairs"):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            lines.append(f"{json.dumps(key)}: [\n{rows}\n ]" if rows else f"{json.dumps(key)}: []")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}")
    text = "{\n " + ",\n ".join(lines) + "\n}\n"
    atomic_write(path, text.encode())


def read_record(path: Path) -> SequenceRecord:
    """Read ``sequence.json``.

    Raises
    ------
    DatasetError
        The file cannot be read, or is no such record.
    """
    fields = read_json(path)
    try:
        size = fields["size"]
        record = SequenceRecord(
            fields["subject"],
            fields["sequence"],
            None if size is None else (int(size[0]), int(size[1])),
            fields["triangles"],
            [FrameRecord(**frame) for frame in fields["frames"]],
            [PairRecord(**pair) for pair in fields["pairs"]],
        )
        _check_names(record)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DatasetError(f"{shown(path)} is no record of a sequence: {error!r}") from error
    return record


def _check_names(record: SequenceRecord) -> None:
    names = {frame.name for frame in record.frames}
    for name in names | {name for pair in record.pairs for name in (pair.first, pair.second)}:
        if not isinstance(name, str):
            raise ValueError(f"a frame is named {name!r}")
        if name not in names:
            raise ValueError(f"a pair names {name!r}, which is no frame of it")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    DatasetError
        The file cannot be read, or holds something else.
    """
    try:
        with open_regular(path) as file:
            data = file.read(_MOST_BYTES)
        fields = json.loads(data)
    except OSError as error:
        raise DatasetError(f"{shown(path)} cannot be read: {os_reason(error)}") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{shown(path)} is no JSON: {error}") from error
    if not isinstance(fields, dict):
        raise DatasetError(f"{shown(path)} holds a {type(fields).__name__}, an object is taken")
    return fields


def write_json(path: Path, fields: dict[str, Any]) -> None:
    """Write a JSON object, whole or not at all."""
    atomic_write(path, (json.dumps(fields, indent=1) + "\n").encode())


def count(records: Iterable[SequenceRecord]) -> dict[str, Any]:
    """Totals over sequences: frames and pairs by status, and what went wrong by reason."""
    sequences = 0
    frames: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    frame_reasons: Counter[str] = Counter()
    pair_reasons: Counter[str] = Counter()
    for record in records:
        sequences += 1
        frames.update(f.status for f in record.frames)
        pairs.update(p.status for p in record.pairs)
        frame_reasons.update(f.reason for f in record.frames if f.reason)
        pair_reasons.update(p.reason for p in record.pairs if p.reason)
    return {
        "sequences": sequences,
        "frames": {status: frames[status] for status in ("ok", "failed", "skipped")},
        "pairs": {status: pairs[status] for status in ("ok", "failed", "skipped")},
        "frame_reasons": dict(sorted(frame_reasons.items())),
        "pair_reasons": dict(sorted(pair_reasons.items())),
    }
