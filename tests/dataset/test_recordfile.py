"""Records read row by row: what reading them whole gives, and refused where that is."""

from __future__ import annotations

import io
import json
import os
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceflow.dataset import jsonstream
from faceflow.dataset.jsonstream import JsonObject
from faceflow.dataset.recordfile import NameNumbers, RecordFile
from faceflow.dataset.records import FrameRecord, PairRecord, SequenceRecord, write_record
from faceflow.errors import DatasetError

NAMES = ["10", "9", 'two\n"2"', "é", os.fsdecode(b"\xff"), "漢" * 80]
RECORD = SequenceRecord(
    "S",
    "T",
    (512, 384),
    [[0, 1, 2]],
    [FrameRecord(name, confidence=0.5) for name in NAMES],
    [
        PairRecord(a, b, valid_px=12, mean_px=0.5, max_px=1.25, flipped=0)
        for a, b in permutations(NAMES, 2)
    ],
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_record(tmp_path / "sequence.json", RECORD)
    return tmp_path / "sequence.json"


def changed(path: Path, **changes: Any) -> Path:
    """The record with other fields."""
    fields = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(fields))
    return path


def items(data: bytes, *lists: str) -> list[tuple[str, Any]]:
    return list(JsonObject(io.BytesIO(data), lists).items())


def test_rows_are_those_that_were_written(path: Path) -> None:
    """Any names, and pairs in any order; as often as one likes."""
    record = RecordFile(path)
    assert (record.size, record.fields["triangles"]) == (RECORD.size, RECORD.triangles)
    assert (record.frame_count, record.pair_count) == (len(NAMES), len(RECORD.pairs))
    for _ in range(2):
        assert list(record.frames()) == RECORD.frames
        assert list(record.pairs()) == RECORD.pairs
    assert [record.number(name) for name in NAMES] == list(range(len(NAMES)))


def test_order_of_the_fields_is_no_matter(path: Path) -> None:
    """As another program may have written them."""
    fields = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(fields.items())), indent=4))
    assert list(RecordFile(path).pairs()) == RECORD.pairs


@pytest.mark.parametrize(
    "changes",
    [
        {"size": [0, 4]},
        {"size": [2**20, 2**20]},
        {"size": [4.0, 4]},
        {"tracked": 2},
        {"tracked": 68.0},
        {"tracked": 2**40},
        {"frames": [{"name": "1"}, {"name": "1"}], "pairs": []},
        {"frames": [{"name": "\ud800"}], "pairs": []},
        {"frames": [{"name": "../1"}], "pairs": []},
        {"frames": [{"name": "1", "status": []}], "pairs": []},
        {"frames": [{"name": "1", "status": "failed", "reason": 7}], "pairs": []},
        {"frames": "[]"},
        {"pairs": [{"first": "10", "second": "9"}]},
        {"pairs": [{"first": "10", "second": "9", "status": "done"}]},
        {"pairs": [{"first": "10", "second": "8", "status": "failed"}]},
    ],
    ids=str,
)
def test_unsound_records_are_refused(path: Path, changes: dict[str, Any]) -> None:
    """In one line that names the file, when it is opened."""
    with pytest.raises(DatasetError, match=r"sequence\.json is no record") as caught:
        RecordFile(changed(path, **changes))
    assert str(caught.value).isprintable()


def test_record_that_changes_meanwhile_is_told(path: Path) -> None:
    """Somebody writes to it."""
    record = RecordFile(path)
    path.write_text(path.read_text()[:-20])
    with pytest.raises(DatasetError, match=r"sequence\.json is no record"):
        list(record.pairs())
    with pytest.raises(DatasetError, match="no frame 11"):
        record.number("11")


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=6), st.integers(1, 40), st.booleans())
def test_objects_are_read_as_json_does(fields: dict[str, Any], piece: int, spaced: bool) -> None:
    """Whatever is in them, and wherever the pieces of the file end."""
    data = json.dumps(fields, indent=2 if spaced else None).encode()
    lists = [key for key, value in fields.items() if isinstance(value, list)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonstream, "_PIECE", piece)
        found = items(data, *lists)
    expected = [
        (key, element)
        for key, value in fields.items()
        for element in (value if key in lists else [value])
    ]
    assert found == expected


@pytest.mark.parametrize("number", ["-1.5e-10", "12345678901234567890", "NaN", "-Infinity"])
@pytest.mark.parametrize("piece", range(1, 12))
def test_numbers_are_whole_wherever_pieces_end(
    monkeypatch: pytest.MonkeyPatch, number: str, piece: int
) -> None:
    """Half of one is a number too."""
    monkeypatch.setattr(jsonstream, "_PIECE", piece)
    found = items(f'{{"a":{number},"rows":[{number}]}}'.encode(), "rows")
    assert repr(found) == repr([("a", json.loads(number)), ("rows", json.loads(number))])


@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=3), st.data())
def test_objects_cut_short_are_refused(fields: dict[str, Any], data: st.DataObject) -> None:
    """After any byte."""
    whole = json.dumps(fields).encode()
    with pytest.raises((ValueError, RecursionError)):
        items(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1} 2',
        b'{"a": 1, "a": 2}',
        b'{"a": 1,}',
        b"{,}",
        b'{"rows": [1 2]}',
        b'{"rows": [1,]}',
        b'{"rows": {}}',
        b'{"a": ' + b"[" * 10**6,
        b'{"a": "' + b"x" * 2**25,
        b'{"a": ' + b"9" * 10**5 + b"}",
        b"{" + b" " * 2**20,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_object_is_refused(content: bytes) -> None:
    """Bombs too."""
    with pytest.raises((ValueError, RecursionError)):
        items(content, "rows")


@given(st.lists(st.text(max_size=3)))
def test_names_are_found_at_their_places(names: list[str]) -> None:
    """The first place of each; whether one is there twice is known."""
    numbers = NameNumbers(names)
    assert (numbers.repeated is None) == (len(set(names)) == len(names))
    for name in names:
        assert numbers.get(name) == names.index(name)
    assert numbers.get("four") is None
