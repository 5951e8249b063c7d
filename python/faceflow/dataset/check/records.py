"""What records and dataset.json have to say, beside being read at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from faceflow.dataset.check.findings import Fault
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.records import (
    FRAME_REASONS,
    PAIR_REASONS,
    FrameRecord,
    PairRecord,
    Totals,
    status_of,
)
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import DatasetError
from faceflow.files import shown
from faceflow.types import Triangles

_MOST_TRIANGLES = 2**22
_LONGER = 1e-3


def check_head(record: RecordFile, subject: str, sequence: str) -> Triangles | None:
    """The record's triangles, (M, 3); None where each pair has its own.

    Raises
    ------
    DatasetError
        They are none, or the record is of another sequence.
    """
    named = record.fields["subject"], record.fields["sequence"]
    if named != (subject, sequence):
        raise DatasetError(f"{shown(record.path)} is of {named!a:.200}")
    rows = record.fields["triangles"]
    if rows is None:
        return None
    sound = isinstance(rows, list) and len(rows) <= _MOST_TRIANGLES and all(map(_is_triangle, rows))
    if not sound:
        raise DatasetError(f"{shown(record.path)} has triangles that are none: {rows!a:.80}")
    return np.array(rows, np.int32).reshape(-1, 3)


def _is_triangle(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and all(type(index) is int and 0 <= index < _MOST_TRIANGLES for index in row)
        and len(set(row)) == 3
    )


def frame_problem(frame: FrameRecord) -> str | None:
    """What a frame's record has that cannot be; None for a sound one."""
    if problem := _fate_problem(frame, FRAME_REASONS):
        return f"frame {shown(frame.name)} {problem}"
    confidence = frame.confidence
    sound = confidence is None or (isinstance(confidence, int | float) and 0 <= confidence <= 1)
    if not sound:
        return f"frame {shown(frame.name)} has the confidence {confidence!a:.40}"
    sound = frame.repaired is None or (type(frame.repaired) is int and frame.repaired >= 0)
    return None if sound else f"frame {shown(frame.name)} has {frame.repaired!a:.40} repaired"


def pair_problem(pair: PairRecord, frames_ok: bool, triangles: int | None) -> str | None:
    """What a pair's record has that cannot be; None for a sound one.

    `frames_ok` is whether both its frames are; `triangles` their number, where it is known.
    """
    name = f"pair {shown(pair.first)} -> {shown(pair.second)}"
    if problem := _fate_problem(pair, FRAME_REASONS | PAIR_REASONS):
        return f"{name} {problem}"
    if pair.first == pair.second:
        return f"{name} is of one frame"
    statistics = (pair.valid_px, pair.mean_px, pair.max_px, pair.flipped)
    if pair.status != "ok":
        if frames_ok and pair.reason not in PAIR_REASONS:
            return f"{name} has the reason {pair.reason}, which none of its frames has"
        sound = statistics == (None,) * 4
    elif not frames_ok:
        return f"{name} is ok, one of its frames is not"
    else:
        valid, mean, longest, flipped = (number or 0 for number in statistics)
        whole = type(pair.valid_px) is int and type(pair.flipped) is int
        sound = whole and valid > 0 and mean <= longest + _LONGER
        sound = sound and (triangles is None or flipped <= triangles)
    return None if sound else f"{name} has the statistics {statistics!a:.200}"


def _fate_problem(record: FrameRecord | PairRecord, reasons: frozenset[str]) -> str | None:
    if record.status == "ok":
        return None if record.reason is None else f"is ok, for the reason {record.reason!a:.60}"
    if record.reason not in reasons:
        return f"is {record.status} for the reason {record.reason!a:.60}, which there is not"
    if record.status != status_of(record.reason):
        return f"is {record.status} for {record.reason}, which is {status_of(record.reason)}"
    return None


def totals_fault(tree: DatasetTree, totals: Totals) -> Fault | None:
    """What ``dataset.json`` counts otherwise than the records do."""
    told, found = tree.facts.get("totals"), totals.as_json()
    if told is None or told == found:
        return None
    if isinstance(told, dict):
        wrong = [k for k in found if told.get(k) != found[k]] or ["totals"]
        detail = "; ".join(
            f"{k} {told.get(k)!a:.100}, the records {found.get(k)!a:.100}" for k in wrong
        )
    else:
        detail = f"the totals {told!a:.60}"
    return Fault("record", "", f"dataset.json counts {detail}")


def unfinished_sequences(tree: DatasetTree) -> list[tuple[str, str]]:
    """Subject and sequence of what was begun and has no record."""
    root: Path = tree.root
    if tree.in_shards:
        begun = {path.parts[-3:-1] for path in root.glob("*/*/shard-*.*")}
    else:
        begun = {
            (path.parent.name, path.name.removeprefix("flow_"))
            for path in root.glob("*/flow_*")
            if path.is_dir() and not _holds_pictures(path)
        }
    return sorted(
        (subject, sequence)
        for subject, sequence in begun
        if sequence and not (root / subject / sequence / "sequence.json").exists()
    )


def _holds_pictures(folder: Path) -> bool:
    """Whether it is ``flow_viz_<sequence>``, and not the images of a sequence ``viz_...``."""
    other = folder.name.removeprefix("flow_viz_")
    return other != folder.name and (folder.parent / other).is_dir()
