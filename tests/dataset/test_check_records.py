"""Records, runs that are not finished, and what was made to do harm."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from damage import checked, follow_advice, kinds
from faces import Faces, make_faces
from file_kinds import reading_refused
from generation import generate, tree
from test_shard_damage import replace_value

from faceflow.dataset.log import claimed
from faceflow.errors import ConfigError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Two sequences with a failed frame, masks and pictures."""
    faces = make_faces(tmp_path_factory.mktemp("made"), sequences=("T1", "T2"), frames=4)
    faces.text("002", sequence="T2").unlink()
    generate(faces, viz="all", masks=True)
    return faces


@pytest.fixture
def root(made: Faces, tmp_path: Path) -> Path:
    """A copy of the dataset that harm may be done to, alone in its folder."""
    shutil.copytree(made.output, tmp_path / "alone" / "dataset")
    return tmp_path / "alone" / "dataset"


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit a JSON file."""
    fields = json.loads(path.read_text())
    edit(fields)
    path.write_text(json.dumps(fields))


def frame(number: int = 0, **values: Any) -> Callable[[dict[str, Any]], object]:
    """An edit of a frame."""
    return lambda fields: fields["frames"][number].update(values)


def pair(number: int = 0, **values: Any) -> Callable[[dict[str, Any]], object]:
    """An edit of a pair."""
    return lambda fields: fields["pairs"][number].update(values)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (frame(reason="no_face"), "is ok, for the reason 'no_face'"),
        (frame(status="failed", reason="laziness"), "'laziness', which there is not"),
        (frame(1, status="skipped"), "frame 002 is skipped for missing_landmarks"),
        (frame(confidence=2), "confidence 2"),
        (frame(confidence="high"), "confidence 'high'"),
        (frame(name="../1"), "a frame is named '../1'"),
        (frame(name=".."), "001"),
        (pair(2, first="003", second="003"), "is of one frame"),
        (pair(2, status="failed", reason="no_face"), "is failed for no_face, which is skipped"),
        (pair(2, status="skipped", reason="no_face"), "which none of its frames has"),
        (pair(2, status="failed", reason="write_error"), "has the statistics"),
        (pair(0, status="ok", reason=None, valid_px=5, mean_px=1, max_px=1, flipped=0), "is not"),
        (pair(2, valid_px=0), "has the statistics"),
        (pair(2, valid_px=10**30), "the statistics of 003"),
        (pair(2, mean_px=9.0), "has the statistics"),
        (pair(2, flipped=10**6), "has the statistics"),
        (lambda fields: fields.update(subject="F002"), "is of ('F002', 'T2')"),
        (lambda fields: fields.update(triangles=[[0, 1, 68]]), "landmark 68, there are 68"),
        (lambda fields: fields.update(triangles=[[0, 1]]), "triangles that are none"),
        (lambda fields: fields.update(triangles=[[0, 1, -1]]), "triangles that are none"),
        (lambda fields: fields.update(triangles=[[0, 1, 2**40]]), "triangles that are none"),
        (lambda fields: fields.update(size=[2**40, 2**40]), "[H, W] is taken"),
        (lambda fields: fields.update(size=[48, 64]), "its record says 48x64"),
        (lambda fields: fields.pop("pairs"), "KeyError('pairs')"),
    ],
)
def test_records_that_cannot_be_are_found(
    root: Path, edit: Callable[[dict[str, Any]], object], said: str
) -> None:
    """With what is wrong; other sequences are looked at all the same."""
    change(root / "F001" / "T2" / "sequence.json", edit)
    found = checked(root)
    assert not found.findings.sound
    assert any(said in fault.line for fault in found.findings.faults), found.findings.faults
    assert found.totals.frames["ok"] >= 4
    assert {fault.sequence for fault in found.findings.faults} <= {"F001/T2", ""}


@pytest.mark.parametrize("name", ["sequence.json", "dataset.json"])
@pytest.mark.parametrize("seed", range(40))
def test_any_value_in_any_place_is_told_in_lines(root: Path, name: str, seed: int) -> None:
    """No other exception, no file outside the folder, and nothing written."""
    path = root / "dataset.json" if name == "dataset.json" else root / "F001" / "T1" / name
    change(path, lambda fields: replace_value(fields, random.Random(seed)))
    before = tree(root.parent)
    checked(root, 100)
    assert tree(root.parent) == before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"[" * 10**6, b'{"a": "' + b"x" * 10**6, b"\xff", b"{}"]
)
def test_dataset_json_that_is_none_is_damage(made: Faces, tmp_path: Path, content: bytes) -> None:
    """Deleted, the same command writes it again."""
    shutil.copytree(made.root, tmp_path / "copy")
    faces = Faces(tmp_path / "copy")
    clean = tree(faces.output)
    (faces.output / "dataset.json").write_bytes(content)
    found = checked(faces.output)
    assert [fault.kind for fault in found.findings.faults] == ["record"]
    assert any("options of the command" in line for line in found.advice)
    follow_advice(faces.output)
    generate(faces, viz="all", masks=True)
    assert tree(faces.output) == clean


def test_lost_dataset_json_is_damage(root: Path) -> None:
    """Where there are records, there was one."""
    (root / "dataset.json").unlink()
    assert kinds(root) == {"record": 1}


@pytest.mark.parametrize("where", ["nothing", "images", "landmarks", "file"])
def test_what_is_no_dataset_is_refused(made: Faces, tmp_path: Path, where: str) -> None:
    """The folder of faceflow landmarks too."""
    path = tmp_path / "out"
    if where == "images":
        path = made.images
    elif where == "landmarks":
        path.mkdir()
        (path / "landmarks.csv").touch()
    elif where == "file":
        path.touch()
    said = "faceflow landmarks" if where == "landmarks" else "is no "
    with pytest.raises(ConfigError, match=said):
        checked(path)


def test_totals_that_differ_are_found(root: Path) -> None:
    """Somebody has taken a sequence away, or edited the totals; the same run counts again."""
    shutil.rmtree(root / "F001" / "T2")
    shutil.rmtree(root / "F001" / "flow_T2")
    shutil.rmtree(root / "F001" / "flow_viz_T2")
    (fault,) = checked(root).findings.faults
    assert (fault.kind, fault.delete) == ("record", ())
    assert "sequences 2, the records 1" in fault.line


def test_unfinished_is_no_damage(made: Faces, tmp_path: Path) -> None:
    """A sequence without its record, and a dataset without totals; the same command ends it."""
    shutil.copytree(made.root, tmp_path / "copy")
    faces = Faces(tmp_path / "copy")
    clean = tree(faces.output)
    (faces.output / "F001" / "T2" / "sequence.json").unlink()
    change(faces.output / "dataset.json", lambda fields: fields.update(totals=None))
    found = checked(faces.output)
    assert dict(found.findings.kinds) == {"unfinished": 2}
    assert not found.findings.sound
    assert found.findings.delete == []
    generate(faces, viz="all", masks=True)
    assert tree(faces.output) == clean


def test_running_run_is_told(root: Path) -> None:
    """And is not disturbed."""
    assert not checked(root).in_use
    with claimed(root):
        assert checked(root).in_use
    with claimed(root):
        pass


def test_extra_files_are_told_and_are_no_damage(root: Path) -> None:
    """Flow of a pair that has none, what a killed run has left; not the user's own files."""
    subject = root / "F001"
    shutil.copy(subject / "flow_T1" / "001.flo", subject / "flow_T2" / "001.flo")
    (subject / "flow_T1" / ".faceflow-1-0.tmp").touch()
    (root / ".faceflow-2-0.tmp").touch()
    (subject / "T1" / "notes.txt").touch()
    found = checked(root)
    assert dict(found.findings.kinds) == {"extra": 3}
    assert found.findings.sound
    assert found.advice == []
    assert found.findings.delete == []


def test_nothing_outside_is_opened(root: Path) -> None:
    """Links of files and folders that lead out are told, those that stay within are followed."""
    outside = root.parent / "outside"
    outside.mkdir()
    flows = root / "F001" / "flow_T1"
    shutil.move(flows / "001.jpg", outside / "001.jpg")
    (flows / "001.jpg").symlink_to(outside / "001.jpg")
    shutil.move(flows / "002.jpg", root / "kept.jpg")
    (flows / "002.jpg").symlink_to(root / "kept.jpg")
    shutil.move(root / "F001" / "flow_T2", outside / "flow_T2")
    (root / "F001" / "flow_T2").symlink_to(outside / "flow_T2")
    opened: list[str] = []
    noting = [True]

    def note(event: str, facts: tuple[Any, ...]) -> None:
        if noting and event == "open" and str(facts[0]).startswith(f"{root.parent}/"):
            opened.append(os.path.realpath(facts[0]))

    sys.addaudithook(note)  # it cannot be taken away again
    assert kinds(root, 100) == {"outside": 2}
    shutil.move(root / "F001" / "T1" / "sequence.json", outside)
    (root / "F001" / "T1" / "sequence.json").symlink_to(outside / "sequence.json")
    assert kinds(root, 100) == {"outside": 2}
    shutil.move(root / "dataset.json", outside)
    (root / "dataset.json").symlink_to(outside / "dataset.json")
    assert kinds(root) == {"outside": 1}
    noting.clear()
    assert opened
    assert all(path.startswith(f"{root}/") for path in opened)


@pytest.mark.parametrize("name", ["flow_T1/001.flo", "T1/sequence.json", "../dataset.json"])
def test_what_may_not_be_read_is_not_to_be_deleted(root: Path, name: str) -> None:
    """It may be whole."""
    for parent in root.parents[:5]:
        parent.chmod(parent.stat().st_mode | 0o055)
    with reading_refused(root / "F001" / name):
        found = checked(root)
    assert dict(found.findings.kinds) == {"unreadable": 1}
    assert found.findings.delete == []
    assert "Permission denied" in found.findings.faults[0].line


def test_headers_that_lie_take_no_memory(root: Path) -> None:
    """A flow of 2^30 x 2^30 pixels, and a file far too long for its size."""
    flows = root / "F001" / "flow_T1"
    (flows / "001.flo").write_bytes(b"PIEH" + (2**30).to_bytes(4, "little") * 2)
    with (flows / "002.jpg").open("wb") as file:
        file.truncate(2**33)
    assert kinds(root) == {"damaged": 2}


def test_folders_that_go_round_in_circles_are_told_in_lines(root: Path) -> None:
    """Nothing is looked at without end."""
    (root / "round").symlink_to(root)
    (root / "F001" / "round").symlink_to("..")
    shutil.rmtree(root / "F001" / "flow_T2")
    (root / "F001" / "flow_T2").symlink_to("flow_T2")
    assert not checked(root).findings.sound
