"""Names that people, cameras and old disks give to files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command import gen, run
from faces import Faces, make_faces
from file_kinds import make_dangling_link, make_link_to_itself
from generation import generate, record, tree

import faceflow as ff

WILD = ["a b", 'it\'s "so"', "two\nlines", "é漢字", os.fsdecode(b"\xff\xfe"), "-x", "100%", "a.b"]


@pytest.mark.parametrize("name", WILD, ids=ascii)
def test_awkward_names_work_everywhere(tmp_path: Path, name: str) -> None:
    """As subject, sequence, frame and output."""
    frames = [name + "1", name + "2", name + "3"]
    faces = make_faces(tmp_path / name, [name], [name], frames)
    output = tmp_path / name / name
    generate(faces, output, viz="all", masks=True)
    names = tree(output)
    assert f"{name}/flow_{name}/{name}1.flo" in names
    assert f"{name}/flow_viz_{name}/{name}2_tri.png" in names
    fields = json.loads(names[f"{name}/{name}/sequence.json"])
    assert (fields["subject"], fields["sequence"]) == (name, name)
    assert [frame["name"] for frame in fields["frames"]] == frames
    assert tuple(ff.open_dataset(output)[1].names) == (name, name, *frames[1:])


def test_awkward_names_are_typed_and_shown(tmp_path: Path) -> None:
    """On the command line, and on a terminal that knows ASCII only."""
    faces = make_faces(tmp_path / WILD[2] / WILD[4], WILD, WILD[:3], 2)
    for words in (["--dry-run"], ["--limit", "20"]):
        ended = gen(faces, *words, env={"PYTHONIOENCODING": "ascii"})
        assert (ended.code, ended.err) == (0, ""), ended
    assert len(ff.open_dataset(faces.output)) == 20


def test_failures_of_awkward_names_are_told_on_one_line_each(tmp_path: Path) -> None:
    """In records, in the log, and on stderr, where the terminal knows ASCII only."""
    faces = make_faces(tmp_path, WILD, WILD[:1], [WILD[2], WILD[4]])
    for subject in WILD:
        faces.text(WILD[2], subject, WILD[0]).write_text("nan")
        folder = faces.images / subject / WILD[1]
        folder.mkdir()
        for suffix in (".jpg", ".png"):
            (folder / (WILD[2] + suffix)).touch()
    ended = gen(faces, "--json", env={"PYTHONIOENCODING": "ascii"})
    assert ended.code == 1
    assert len(json.loads(ended.out)["problems"]) == len(WILD)
    lines = ended.err.splitlines()
    assert sum(" failed: " in line and "(line 1: " in line for line in lines) == 8
    assert sum(" images have the stem " in line for line in lines) == 8
    assert len(lines) == 16
    for subject in WILD:
        (pair,) = record(faces, subject, WILD[0])["pairs"]
        assert (pair["reason"], pair["detail"].isprintable()) == ("bad_landmarks", True)
    log = (faces.output / "faceflow.log").read_text(encoding="utf-8").splitlines()
    assert len(log) == 3 * len(WILD)
    assert all(line.isprintable() for line in log)


def test_missing_folders_of_awkward_names_are_one_line(tmp_path: Path) -> None:
    """IMAGES, OUTPUT, options and files alike."""
    wild = tmp_path / os.fsdecode(b"two\nlines\xff")
    for words in (
        ("faceflow-gen", wild, tmp_path / "out"),
        ("faceflow-gen", tmp_path, tmp_path / "out", "--landmarks-dir", wild),
        ("faceflow-gen", tmp_path, tmp_path / "out", "--config", wild),
        ("faceflow-gen", tmp_path, tmp_path / "out", "--viz", wild.name),
    ):
        ended = run(*words)
        assert ended.code == 2
        assert ended.complaint().isprintable(), ended


def test_hidden_files_and_notes_make_no_frames(tmp_path: Path) -> None:
    """macOS leaves ._001.png beside 001.png, which is no image."""
    faces = make_faces(tmp_path)
    for name in ("._001.png", ".DS_Store", "Thumbs.db", "notes.txt"):
        (faces.images / "F001" / "T1" / name).write_text("x")
    (faces.images / "readme.txt").write_text("x")
    assert gen(faces).code == 0
    assert [frame["name"] for frame in record(faces)["frames"]] == ["001", "002", "003"]


def test_frames_sort_naturally(tmp_path: Path) -> None:
    """The flow of frame 9 leads to frame 10."""
    faces = make_faces(tmp_path, frames=[f"f{i}" for i in (8, 9, 10, 11, 100)])
    assert gen(faces).code == 0
    pairs = [(pair["first"], pair["second"]) for pair in record(faces)["pairs"]]
    assert pairs == [("f8", "f9"), ("f9", "f10"), ("f10", "f11"), ("f11", "f100")]


def test_links_that_lead_nowhere_or_round_do_no_harm(tmp_path: Path) -> None:
    """Among folders they are passed over; among images they are frames that failed."""
    faces = make_faces(tmp_path)
    folder = faces.images / "F001" / "T1"
    make_link_to_itself(faces.images / "loop")
    (faces.images / "F001" / "up").symlink_to("..")
    make_dangling_link(folder / "000.png")
    make_link_to_itself(folder / "004.png")
    assert gen(faces).code == 1
    reasons = {frame["name"]: frame["reason"] for frame in record(faces)["frames"]}
    assert reasons == {
        "000": "unreadable_image",
        **dict.fromkeys(("001", "002", "003")),
        "004": "unreadable_image",
    }


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    """Data on another disk, linked into place, output included."""
    faces = make_faces(tmp_path / "disk")
    linked = Faces(tmp_path / "here")
    linked.root.mkdir()
    (tmp_path / "out").mkdir()
    for link, target in (
        (linked.images, faces.images),
        (linked.landmarks, faces.landmarks),
        (linked.output, tmp_path / "out"),
    ):
        link.symlink_to(target)
    assert gen(linked).code == 0
    assert gen(faces).code == 0
    assert tree(tmp_path / "out") == tree(faces.output)
