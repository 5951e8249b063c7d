"""Datasets of records alone, as large as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from faceflow.dataset.records import (
    FrameRecord,
    PairRecord,
    SequenceRecord,
    write_json,
    write_record,
)

CONFIGURATION = {
    "size": "512x384",
    "outside": "unknown",
    "flow_format": "flo",
    "image_format": "jpg",
    "masks": False,
    "from_first": False,
}


def write_dataset_json(root: Path, **facts: Any) -> None:
    """``dataset.json`` as a run writes it."""
    usual = {"configuration": CONFIGURATION, "versions": {"faceflow": "0.1.0"}, "totals": {}}
    root.mkdir(parents=True, exist_ok=True)
    write_json(root / "dataset.json", {**usual, "problems": {}, **facts})


def made(first: str, second: str, mean: float = 0.5, longest: float = 2.0, flipped: int = 0) -> Any:
    """A pair that has flow."""
    return PairRecord(first, second, "ok", None, None, 1000, mean, longest, flipped)


def write_sequence(
    root: Path,
    subject: str,
    sequence: str,
    pairs: Sequence[PairRecord],
    frames: Sequence[FrameRecord] | None = None,
) -> Path:
    """One sequence's record; by default its frames are those of the pairs, and good."""
    if frames is None:
        names = dict.fromkeys(name for pair in pairs for name in (pair.first, pair.second))
        frames = [FrameRecord(name) for name in names]
    path = root / subject / sequence / "sequence.json"
    path.parent.mkdir(parents=True)
    record = SequenceRecord(subject, sequence, (512, 384), None, list(frames), list(pairs))
    write_record(path, record)
    return path


def numbered_pairs(count: int, **numbers: Any) -> list[PairRecord]:
    """Neighbours of frames 0001, 0002, ..."""
    names = [f"{i + 1:04}" for i in range(count + 1)]
    return [made(first, second, **numbers) for first, second in pairwise(names)]
