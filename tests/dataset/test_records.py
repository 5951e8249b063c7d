"""The records: what became of every frame and pair."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from file_kinds import make_dangling_link, make_folder, make_pipe

from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.records import (
    FrameRecord,
    PairRecord,
    SequenceRecord,
    Totals,
    encode_rows,
    faults,
    read_json,
    read_record,
    status_of,
    write_record,
    write_rows,
)
from faceflow.errors import DatasetError

FRAMES = [
    FrameRecord("1"),
    FrameRecord('two\n"2"', "failed", "bad_landmarks", "é " + os.fsdecode(b"\xff")),
    FrameRecord("3", "skipped", "low_confidence", "0.2", 0.2),
]
PAIRS = [
    PairRecord("1", "3", valid_px=12, mean_px=0.5, max_px=1.25, flipped=0),
    PairRecord("1", 'two\n"2"', "failed", "bad_landmarks", "frame 2"),
]
RECORD = SequenceRecord("S", "T", (512, 384), [[0, 1, 2], [0, 2, 3]], FRAMES, PAIRS)
FRAME_FIELDS = {"name", "status", "reason", "detail", "confidence"}
PAIR_FIELDS = {
    *("first", "second", "status", "reason", "detail"),
    *("valid_px", "mean_px", "max_px", "flipped"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sequence.json"


def write(path: Path, record: SequenceRecord, pieces: int = 1) -> None:
    """Write a record, its frames and pairs in so many pieces."""
    frames, pairs = (
        [encode_rows(rows[i::pieces] if pieces > 1 else rows) for i in range(pieces)]
        for rows in (record.frames, record.pairs)
    )
    head = (record.subject, record.sequence, record.size, record.triangles)
    write_rows(path, *head, frames, pairs)


@pytest.mark.parametrize(
    "record", [RECORD, replace(RECORD, size=None, triangles=None, frames=[], pairs=[])]
)
def test_record_is_read_as_it_was_written(path: Path, record: SequenceRecord) -> None:
    """Any name, and nothing at all."""
    write(path, record)
    assert read_record(path) == record


def test_record_has_the_documented_fields(path: Path) -> None:
    """Any JSON reader finds the keys of the interface, a frame or pair a line."""
    write(path, RECORD)
    fields = json.loads(path.read_text(encoding="ascii"))
    assert list(fields) == ["subject", "sequence", "size", "triangles", "frames", "pairs"]
    assert all(set(frame) == FRAME_FIELDS for frame in fields["frames"])
    assert all(set(pair) == PAIR_FIELDS for pair in fields["pairs"])
    lines = path.read_text().splitlines()
    assert sum('"name"' in line for line in lines) == len(FRAMES)
    assert sum('"first"' in line for line in lines) == len(PAIRS)


@pytest.mark.parametrize(
    ("reasons", "status"),
    [
        ("unreadable_image truncated_image size_changed write_error", "failed"),
        ("missing_landmarks bad_landmarks wrong_point_count", "failed"),
        ("openface_crash openface_timeout", "failed"),
        ("no_face low_confidence below_quality degenerate", "skipped"),
    ],
)
def test_reasons_fail_or_skip_as_documented(reasons: str, status: str) -> None:
    """What is skipped does not make the command fail."""
    assert {status_of(reason) for reason in reasons.split()} == {status}


def test_totals_count_every_frame_and_pair_once() -> None:
    """ok, failed and skipped add up to all there is."""
    totals = Totals(sequences=1)
    totals.add(RECORD.frames, RECORD.pairs)
    totals.merge(totals.as_json())
    assert totals.as_json() == {
        "sequences": 2,
        "frames": {"ok": 2, "failed": 2, "skipped": 2},
        "pairs": {"ok": 2, "failed": 2, "skipped": 0},
        "frame_reasons": {"bad_landmarks": 2, "low_confidence": 2},
        "pair_reasons": {"bad_landmarks": 2},
    }


def test_record_is_the_same_in_however_many_pieces_it_is_written(tmp_path: Path) -> None:
    """Frames and pairs come from units that were made at different times."""
    write_record(tmp_path / "whole", RECORD)
    write(tmp_path / "pieces", replace(RECORD, frames=FRAMES[::-1]), 3)
    read = read_record(tmp_path / "pieces")
    assert read == replace(RECORD, frames=FRAMES[::-1])
    assert read_record(tmp_path / "whole") == RECORD


def test_faults_are_told_once() -> None:
    """Of a pair only what is not its frames' fault already."""
    pairs = [*PAIRS, PairRecord("1", "3", "skipped", "degenerate", "on one line")]
    assert list(faults("S/T", FRAMES, pairs)) == [
        "S/T: frame 'two\\n\"2\"' failed: é \udcff",
        "S/T: frame 3 skipped: 0.2",
        "S/T: pair 1 -> 3 skipped: on one line",
    ]


def damaged(**changes: Any) -> bytes:
    """A whole record but for some fields."""
    fields = {"subject": "S", "sequence": "T", "size": [4, 4], "triangles": None}
    fields |= {"frames": [{"name": "1"}, {"name": "2"}], "pairs": [{"first": "1", "second": "2"}]}
    return json.dumps({k: v for k, v in (fields | changes).items() if v != "gone"}).encode()


def test_the_record_that_damage_is_done_to_is_sound(path: Path) -> None:
    """Otherwise the next test would show nothing."""
    path.write_bytes(damaged())
    assert len(read_record(path).frames) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        damaged()[:-9],
        damaged(size="gone"),
        damaged(size=7),
        damaged(size=["a", "b"]),
        damaged(size=[4]),
        damaged(frames="gone"),
        damaged(frames=7),
        damaged(frames=["1"]),
        damaged(frames=[{"status": "ok"}]),
        damaged(frames=[{"name": 7}]),
        damaged(frames=[{"name": "1", "colour": "red"}]),
        damaged(pairs=None),
        damaged(pairs=[{"first": "1"}]),
        damaged(pairs=[{"first": ["1"], "second": "2"}]),
        damaged(pairs=[{"first": "1", "second": "no such frame"}]),
    ],
)
def test_damage_is_told_in_one_line_that_names_the_file(path: Path, content: bytes) -> None:
    """Nothing else escapes, whatever the bytes are."""
    path.write_bytes(content)
    for read in (read_record, RecordFile):
        with pytest.raises(DatasetError, match=r"sequence\.json") as caught:
            read(path)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("make", [make_folder, make_pipe, make_dangling_link])
def test_what_is_no_file_is_told(path: Path, make: Callable[[Path], None]) -> None:
    """A folder, a pipe that nobody writes to, a link to nowhere."""
    make(path)
    with pytest.raises(DatasetError, match=r"sequence\.json cannot be read"):
        read_json(path)
