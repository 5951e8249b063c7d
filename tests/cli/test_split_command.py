"""faceflow split: train, val and test by subject."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run
from faces import Faces, make_faces
from generation import generate


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    """Four subjects, of two pairs each."""
    faces = make_faces(tmp_path, ["A", "B", "C", "D"])
    generate(faces)
    return faces


def test_split_tells_what_each_part_got(faces: Faces) -> None:
    """On stdout, with the folder last; or as JSON, which is splits.json."""
    ended = run("faceflow", "split", faces.output, "--fractions", "0.5,0.25,0.25")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "train: 2 subjects, 2 sequences, 4 pairs (50.0%)",
        "val: 1 subjects, 1 sequences, 2 pairs (25.0%)",
        "test: 1 subjects, 1 sequences, 2 pairs (25.0%)",
        str(faces.output / "splits"),
    ]
    again = run("faceflow", "split", faces.output, "--flat", "--overwrite", "--json")
    summary = json.loads(again.out)
    assert summary == json.loads((faces.output / "splits" / "splits.json").read_text())
    assert (summary["seed"], summary["fractions"]) == (0, [0.8, 0.1, 0.1])
    assert len(list((faces.output / "splits").glob("*/*.flo"))) == 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fractions", "0.8,0.1"], "--fractions"),
        (["--fractions", "half,half,none"], "--fractions 'half,half,none'"),
        (["--seed", "x"], "--seed"),
    ],
)
def test_wrong_usage_is_one_line(faces: Faces, words: list[str], said: str) -> None:
    """Exit code 2, and nothing is written."""
    ended = run("faceflow", "split", faces.output, *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.complaint()
    assert not (faces.output / "splits").exists()


def test_too_few_subjects_and_a_split_that_is_there_are_refused(tmp_path: Path) -> None:
    """Exit code 2; what is no dataset is damage, 1."""
    faces = make_faces(tmp_path, ["A", "B"])
    generate(faces)
    few = run("faceflow", "split", faces.output)
    assert few.code == 2
    assert "2 subjects with flow cannot be split into 3 parts" in few.complaint()
    halves = ["split", faces.output, "--fractions", "0.5,0.5,0"]
    assert run("faceflow", *halves).code == 0
    twice = run("faceflow", *halves)
    assert twice.code == 2
    assert "--overwrite" in twice.complaint()
    none = run("faceflow", "split", tmp_path)
    assert none.code == 1
    assert "dataset.json cannot be read" in none.complaint()
