"""What is done is not done again, unless what it was made from has changed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from command import gen
from faces import Faces, make_faces, moving_face, texture, write_image, write_points
from generation import generate, record, rewritten, times, tree


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    """Two sequences, of three units each."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=70)
    generate(faces)
    return faces


def test_finished_dataset_is_left_alone(faces: Faces) -> None:
    """Nothing is written but the summaries."""
    before, files = times(faces.output), tree(faces.output)
    generate(faces)
    assert rewritten(faces, before) == set()
    assert tree(faces.output) == files


@pytest.mark.parametrize("what", ["image", "landmarks", "new frame", "frame gone"])
def test_changed_input_is_made_anew(faces: Faces, what: str) -> None:
    """The whole sequence, as if it had never been made; the other one stays."""
    before = times(faces.output)
    if what == "image":
        write_image(faces.image("005"), texture((64, 48), 999))
    elif what == "landmarks":
        write_points(faces.text("005"), moving_face(seed=999))
    elif what == "new frame":
        write_image(faces.images / "F001" / "T1" / "071.png", texture((64, 48), 999))
        write_points(faces.text("071"), moving_face(seed=999))
    else:
        faces.image("070").unlink()
    said = gen(faces).err
    generate(faces, faces.root / "clean")
    assert tree(faces.output) == tree(faces.root / "clean")
    assert not any("T2" in name for name in rewritten(faces, before))
    kind = "landmarks" if what == "landmarks" else "images"
    assert said == f"F001/T1: its {kind} have changed since it was made; made anew\n"
    assert said.strip() in (faces.output / "faceflow.log").read_text()
    assert gen(faces).err == ""


def test_failed_units_are_mended_and_the_others_stay(tmp_path: Path) -> None:
    """A write error in one pair costs its unit."""
    faces = make_faces(tmp_path, frames=70)
    blocked = faces.output / "F001" / "flow_T1" / "040.flo"
    blocked.mkdir(parents=True)  # a folder in its place: it cannot be written
    assert generate(faces)["totals"]["pair_reasons"] == {"write_error": 1}
    before = times(faces.output)
    blocked.rmdir()
    generate(faces)
    generate(faces, tmp_path / "clean")
    assert tree(faces.output) == tree(tmp_path / "clean")
    names = {name.rpartition("/")[2] for name in rewritten(faces, before)}
    stems = {name.partition(".")[0] for name in names}
    assert "040" in stems
    assert stems <= {f"{i:03}" for i in range(33, 65)}


def test_unit_that_lost_a_file_is_made_again(tmp_path: Path) -> None:
    """As after a run that was killed, in whose remains somebody has tidied up."""
    faces = make_faces(tmp_path, frames=70)
    generate(faces)
    files = tree(faces.output)
    for gone in ("F001/flow_T1/010.flo", "F001/T1/050.csv", "F001/T1/sequence.json"):
        (faces.output / gone).unlink()
        generate(faces)
        assert tree(faces.output) == files


def test_files_of_frames_that_fail_now_are_taken_away(faces: Faces) -> None:
    """What cannot be made must not look made."""
    faces.text("005").write_text("no landmarks")
    generate(faces)
    flows = {path.name for path in (faces.output / "F001" / "flow_T1").iterdir()}
    assert not {"004.flo", "005.flo"} & flows
    assert not (faces.output / "F001" / "T1" / "005.csv").exists()


@pytest.mark.parametrize("synced", [0, 1])
def test_what_may_not_have_reached_the_disk_is_looked_at(faces: Faces, synced: int) -> None:
    """After a power cut (another boot): a sequence that is whole stays, one that is not is made
    anew; where all was known to be on the disk nobody looks."""
    before, files = times(faces.output), tree(faces.output)
    reboot(faces.output, synced)
    generate(faces)
    assert rewritten(faces, before) == set()
    reboot(faces.output, synced)
    (faces.output / "F001" / "flow_T1" / "003.flo").write_bytes(bytes(24588))  # as after a crash
    before = times(faces.output)
    generate(faces)
    if synced:
        assert rewritten(faces, before) == set()
    else:
        assert tree(faces.output) == files
        names = {name for name in rewritten(faces, before) if "T1" in name}
        assert len(names) == len(rewritten(faces, before)) == len(before) / 2


def test_shards_that_have_not_reached_the_disk_are_made_anew(tmp_path: Path) -> None:
    """Every byte of them is looked at."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=40)
    generate(faces, writer="shards")
    files = tree(faces.output)
    reboot(faces.output, synced=0)
    shard = faces.output / "F001" / "T2" / "shard-000000.tar"
    shard.write_bytes(bytes(shard.stat().st_size))
    generate(faces, writer="shards")
    assert tree(faces.output) == files


def reboot(output: Path, synced: int) -> None:
    """Have the state be that of another boot."""
    connection = sqlite3.connect(output / "progress.sqlite")
    with connection:
        connection.execute("UPDATE sequence SET boot = 'another', synced = ?", [synced])
    connection.close()


def test_without_its_state_a_dataset_is_made_anew(faces: Faces) -> None:
    """With the same bytes."""
    files = tree(faces.output)
    (faces.output / "progress.sqlite").unlink()
    generate(faces)
    assert tree(faces.output) == files


def test_longer_dataset_serves_a_limit_and_a_shorter_one_is_completed(tmp_path: Path) -> None:
    """--limit first, to have a look; then all of it."""
    faces = make_faces(tmp_path, frames=40)
    generate(faces, selection={"limit": 5})
    assert len(record(faces)["pairs"]) == 5
    generate(faces)
    assert len(record(faces)["pairs"]) == 39
    generate(faces, tmp_path / "clean")
    assert tree(faces.output) == tree(tmp_path / "clean")
    before = times(faces.output)
    generate(faces, selection={"limit": 5})
    assert rewritten(faces, before) == set()


@pytest.mark.parametrize(
    "options",
    [
        *(
            {},
            {"stride": 3},
            {"stride": 40},
            {"from_first": True},
            {"from_first": True, "stride": 7},
        ),
        *(
            {"direction": "both", "stride": 2, "viz": "all"},
            {"direction": "backward", "viz": "mesh"},
        ),
    ],
    ids=str,
)
def test_units_make_what_one_unit_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]
) -> None:
    """Pairs that end in the next unit, and every file of them."""
    faces = make_faces(tmp_path, frames=70)
    write_image(faces.image("033"), np.zeros((10, 10, 3), np.uint8))
    os.truncate(faces.text("065"), 10)
    generate(faces, **options)
    monkeypatch.setattr("faceflow.generate.filetree._LEAST", 1000)
    generate(faces, tmp_path / "whole", **options)
    assert tree(faces.output) == tree(tmp_path / "whole")
