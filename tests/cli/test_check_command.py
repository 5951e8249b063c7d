"""faceflow check: what is said, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command import command_line, environment, gen, run
from faces import Faces, make_faces
from generation import tree
from mounts import mounted

from faceflow.dataset.log import claimed


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    """Two sequences, and their dataset in a folder whose name a shell would take apart."""
    faces = make_faces(tmp_path / 'it\'s a "set"', sequences=("T 1", "T2"), frames=4)
    assert gen(faces).code == 0
    return faces


def test_sound_dataset_is_told(faces: Faces) -> None:
    """Exit code 0, nothing on stderr; of shards too."""
    ended = run("faceflow", "check", faces.output, "--deep", "--sample", 3)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "2 sequences, 8 frames, 6 pairs; 22 files looked at, 3 flows recomputed",
        "sound",
    ]
    shards = faces.root / "shards"
    assert run("faceflow", "export", faces.output, shards).code == 0
    ended = run("faceflow", "check", shards, "--deep", "--workers", 2)
    assert (ended.code, ended.err) == (0, "")
    assert "4 files looked at, 6 flows recomputed" in ended.out


def test_advice_works_as_it_is_printed(faces: Faces) -> None:
    """Pasted into a shell, then the same command: the bytes of a clean run."""
    clean = tree(faces.output)
    flows = faces.output / "F001" / "flow_T 1"
    os.truncate(flows / "001.flo", 100)
    (flows / "002.jpg").unlink()
    shutil.rmtree(faces.output / "F001" / "flow_T2")
    ended = run("faceflow", "check", faces.output)
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1 + 1 + 7
    assert "damaged: F001/flow_T 1/001.flo is cut short: 100 bytes of" in ended.err
    first, second = ended.out.splitlines()[2:]
    assert second == "and then run the same faceflow-gen command again: it makes 2 sequences anew"
    script = first.removeprefix("to mend it: ").replace("faceflow check", '"$@" check')
    words = ["bash", "-c", script, "bash", *command_line("faceflow")]
    subprocess.run(words, env=environment(), capture_output=True, check=True)
    assert not (flows / "001.flo").exists()
    assert gen(faces).code == 0
    assert tree(faces.output) == clean
    assert run("faceflow", "check", faces.output).code == 0


def test_advice_of_a_deep_check_lists_what_it_found(faces: Faces) -> None:
    """The same sample is drawn again."""
    path = faces.output / "F001" / "flow_T2" / "002.flo"
    path.write_bytes(path.read_bytes().replace(b"\x3f", b"\x40"))
    assert run("faceflow", "check", faces.output).code == 0
    ended = run("faceflow", "check", faces.output, "--deep")
    assert ended.code == 1
    assert " --deep --sample 64 --list-damaged | xargs -0" in ended.out
    listed = run("faceflow", "check", faces.output, "--deep", "--list-damaged").out.split("\0")
    assert str(path) in listed


def test_damaged_paths_end_in_zero_bytes(faces: Faces) -> None:
    """For xargs -0; a dataset without damage gives none."""
    assert run("faceflow", "check", faces.output, "--list-damaged") == (0, "", "")
    path = faces.output / "F001" / "T2" / "002.csv"
    os.truncate(path, 50)
    ended = run("faceflow", "check", faces.output, "--list-damaged")
    assert (ended.code, ended.out) == (1, f"{path}\0")


def test_everything_is_in_the_json(faces: Faces) -> None:
    """One object on stdout, and nothing else there."""
    shutil.rmtree(faces.output / "F001" / "flow_T 1")
    os.truncate(faces.output / "F001" / "flow_T2" / "001.flo", 3)
    ended = run("faceflow", "check", faces.output, "--json")
    assert (ended.code, ended.err) == (1, "")
    facts = json.loads(ended.out)
    assert facts["faults_by_kind"] == {"damaged": 1, "missing": 7}
    assert len(facts["faults"]) == 8
    assert facts["delete"] == ["F001/flow_T2/001.flo"]
    assert (facts["sound"], facts["in_use"], facts["files"]) == (False, False, 22)
    assert facts["totals"]["pairs"]["ok"] == 6


def test_many_faults_are_cut_on_the_terminal(tmp_path: Path) -> None:
    """With how many more there are."""
    faces = make_faces(tmp_path, frames=30)
    assert gen(faces).code == 0
    shutil.rmtree(faces.output / "F001" / "flow_T1")
    lines = run("faceflow", "check", faces.output).err.splitlines()
    assert len(lines) == 41
    assert lines[-1] == "and 19 more (--json has all)"


def test_unfinished_and_running_are_told(faces: Faces) -> None:
    """The folder is not held, and exit code 1 says that the command is to be run again."""
    (faces.output / "F001" / "T2" / "sequence.json").unlink()
    with claimed(faces.output):
        ended = run("faceflow", "check", faces.output)
    assert ended.code == 1
    assert ended.err.splitlines() == [
        "unfinished: F001/T2 was begun and has no sequence.json",
        "a run is making this dataset: what is not finished may look damaged",
    ]
    assert "to mend it: run the same faceflow-gen command again" in ended.out


def test_extra_files_do_not_fail(faces: Faces) -> None:
    """They are named, and stay."""
    extra = faces.output / "F001" / "flow_T2" / "009.flo"
    extra.touch()
    ended = run("faceflow", "check", faces.output)
    assert (ended.code, ended.err) == (0, "extra: F001/flow_T2/009.flo is in no record\n")
    assert ended.out.splitlines()[1:] == ["1 extra", "sound"]
    assert extra.exists()


def test_read_only_dataset_is_checked(faces: Faces) -> None:
    """Nothing has to be written."""
    with mounted(faces.output, "--bind", "-o", "ro", str(faces.output)):
        ended = run("faceflow", "check", faces.output, "--deep")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none"], "OUTPUT none is no folder"),
        (["--sample", "5"], "--sample"),
        (["--deep", "--sample", "0"], "--sample"),
        (["--deep", "--sample", "1000000"], "--sample"),
        (["--json", "--list-damaged"], "one of them is taken"),
    ],
)
def test_wrong_usage_is_one_line(faces: Faces, words: list[str], said: str) -> None:
    """Exit code 2."""
    output = [] if words == ["none"] else [faces.output]
    ended = run("faceflow", "check", *output, *words, cwd=faces.root)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.complaint()


def test_landmarks_are_no_dataset(tmp_path: Path) -> None:
    """What faceflow landmarks writes is told apart."""
    (tmp_path / "landmarks.csv").touch()
    ended = run("faceflow", "check", tmp_path)
    assert (ended.code, "faceflow landmarks" in ended.complaint()) == (2, True)
