"""faceflow-eval, run as users run it."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import Ended, command_line, environment, run
from evaluation import make_dataset, rows, without_seconds
from faces import Faces, copy_faces
from plugins import install_plugins, with_plugins

import faceflow as ff
from faceflow.evaluate.gallery import chosen_pairs

PAIRS = 12


@pytest.fixture(scope="module")
def faces(moving_faces: Faces, tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Twelve pairs of two subjects, beside which there is room for results."""
    faces = copy_faces(moving_faces, tmp_path_factory.mktemp("faces"))
    install_plugins(faces.root / "site")
    return faces


@pytest.fixture(scope="module")
def stoppable() -> tuple[str, ...]:
    """A method that is slow and notes each call in the folder that it runs in, beside another."""
    return ("--method", "slow:calls", "--method", "zero", "--workers", "1")


@pytest.fixture(scope="module")
def unstopped(faces: Faces, stoppable: tuple[str, ...]) -> Any:
    """The results of a run that nobody stopped."""
    out = faces.root / "unstopped"
    assert compare(faces, out, *stoppable, cwd=faces.root).code == 0
    return without_seconds(out)


def compare(faces: Faces, out: Path, *words: object, cwd: Path | None = None) -> Ended:
    """Run it with another package's estimators installed."""
    plugins = with_plugins(faces.root / "site")
    return run("faceflow-eval", faces.output, out, *words, env=plugins, cwd=cwd)


def drawn(out: Path) -> int:
    """How many pairs the page shows: for those, methods are asked again each time."""
    return len(chosen_pairs(json.loads((out / "results.json").read_text())))


def test_a_comparison_leaves_tables(faces: Faces, tmp_path: Path) -> None:
    """For programs and for people, and a line for each method on the terminal."""
    out = tmp_path / "out"
    ended = compare(faces, out, "--method", "zero", "--method", "dis", "--versus", "zero")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["zero", "12"], ["dis", "12"]]
    assert len(rows(out)) == 2 * PAIRS * 8
    summary = (out / "summary.md").read_text()
    assert "## Beside zero" in summary
    assert "| mouth |" in summary
    results = json.loads((out / "results.json").read_text())
    assert results["results"]["dis"]["all"]["epe"] < results["results"]["zero"]["all"]["epe"]


def test_json_is_all_there_is_on_stdout(faces: Faces, tmp_path: Path) -> None:
    """The same object as in the file."""
    ended = compare(faces, tmp_path / "out", "--method", "zero", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == json.loads((tmp_path / "out" / "results.json").read_text())


def test_options_stand_in_a_file(faces: Faces, tmp_path: Path) -> None:
    """Methods as a list."""
    config = tmp_path / "eval.toml"
    config.write_text(
        'method = ["zero", "farneback"]\nlimit = 3\nprotocol = "paper"\njson = true\n'
    )
    ended = compare(faces, tmp_path / "out", "--config", config)
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert (found["methods"], found["pairs"]) == (["zero", "farneback"], 3)
    config.write_text("method = [1]\n")
    ended = compare(faces, tmp_path / "out2", "--config", config)
    assert ended.code == 2
    assert "method is [1], a list of texts is taken" in ended.complaint()


def test_a_failing_method_does_not_stop_the_others(faces: Faces, tmp_path: Path) -> None:
    """What failed is listed in one line each, and counted; exit code 1."""
    out = tmp_path / "out"
    methods = ("picky", "unknown", "wrong", "zero")
    ended = compare(faces, out, *(word for name in methods for word in ("--method", name)))
    assert ended.code == 1
    results = json.loads((out / "results.json").read_text())["results"]
    failed = {name: results[name]["failed"] for name in methods}
    assert failed == {"picky": failed["picky"], "unknown": PAIRS, "wrong": PAIRS, "zero": 0}
    assert 0 < failed["picky"] < PAIRS
    assert results["unknown"]["all"]["epe"] is None
    assert results["zero"]["pairs"] == PAIRS
    lines = ended.err.splitlines()
    assert len(lines) == 21
    assert "RuntimeError: odd frames are not taken" in lines[0]
    assert lines[-1] == f"and {sum(failed.values()) - 20} more, in faceflow.log"
    log = (out / "faceflow.log").read_text()
    assert log.count("it gave (2, 96, 80) float32, (96, 80, 2) float32 is taken") == PAIRS
    assert "picky was scored on" in ended.out


def test_failed_pairs_are_tried_again(faces: Faces, tmp_path: Path) -> None:
    """The same command, once there are the files that were missing."""
    out, flows = tmp_path / "out", tmp_path / "flows"
    samples = list(ff.open_dataset(faces.output))
    flows.mkdir()
    for sample in samples[:-2]:
        ff.write_flow(flows / f"{'_'.join(sample.names[:3])}.flo", np.nan_to_num(sample.flow))
    words = ("--method", f"flo:{flows}", "--method", "zero")
    ended = compare(faces, out, *words)
    assert ended.code == 1
    assert ended.err.splitlines() == [
        f"flo:{flows}: M002/T2 {name}: there is no file for it" for name in ("002", "003")
    ]
    result = json.loads((out / "results.json").read_text())["results"][f"flo:{flows}"]
    assert (result["pairs"], result["missing"], result["failed"]) == (PAIRS - 2, 2, 0)
    for sample in samples[-2:]:
        ff.write_flow(flows / f"{'_'.join(sample.names[:3])}.flo", np.nan_to_num(sample.flow))
    assert compare(faces, out, *words).code == 0
    result = json.loads((out / "results.json").read_text())["results"][f"flo:{flows}"]
    assert (result["pairs"], result["missing"], result["all"]["epe"]) == (PAIRS, 0, 0)


def test_flow_with_the_other_sign_is_read_as_such(faces: Faces, tmp_path: Path) -> None:
    """Files of the reference system hold minus the flow."""
    flows = tmp_path / "flows"
    for sample in ff.open_dataset(faces.output):
        path = flows / sample.names.subject / f"flow_{sample.names.sequence}"
        path.mkdir(parents=True, exist_ok=True)
        ff.write_flow(path / f"{sample.names.first}.flo", -np.nan_to_num(sample.flow))
    ended = compare(faces, tmp_path / "out", "--method", f"flo:{flows}", "--negated", "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["results"][f"flo:{flows}"]["all"]["epe"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_goes_on(
    faces: Faces,
    stoppable: tuple[str, ...],
    unstopped: Any,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """What was measured is not measured again; figures are those of a run that nobody stopped."""
    out, calls = tmp_path / "out", tmp_path / "calls"
    line = [*command_line("faceflow-eval"), str(faces.output), str(out), *stoppable]
    plugins = environment(with_plugins(faces.root / "site"))
    process = subprocess.Popen(line, env=plugins, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not calls.exists() or calls.stat().st_size < PAIRS - 1:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate()
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert err == "faceflow-eval: interrupted; the same command goes on\n"
    before = calls.stat().st_size
    ended = compare(faces, out, *stoppable, cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert calls.stat().st_size - before < PAIRS + drawn(out)
    assert without_seconds(out) == unstopped


def test_a_finished_run_measures_nothing_again(faces: Faces, tmp_path: Path) -> None:
    """It may be compared with another method, or anew with --overwrite."""
    out, calls = tmp_path / "out", tmp_path / "calls"
    words = ("--method", f"slow:{calls}", "--method", "zero", "--limit", "4")
    assert compare(faces, out, *words).code == 0
    assert compare(faces, out, *words, "--versus", "zero").code == 0
    assert calls.stat().st_size == 4 + 2 * drawn(out)
    assert json.loads((out / "results.json").read_text())["versus"] == "zero"
    assert compare(faces, out, *words, "--overwrite").code == 0
    assert calls.stat().st_size == 8 + 3 * drawn(out)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "dis"), "was made with zero for --method; --overwrite begins anew"),
        (("--method", "zero", "--protocol", "paper"), "was made with source for --protocol"),
        (("--method", "zero", "--limit", "2"), "was made without --limit"),
    ],
)
def test_a_run_goes_on_with_the_same_options_only(
    faces: Faces, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """Exit code 2, and the results stay."""
    out = tmp_path / "out"
    assert compare(faces, out, "--method", "zero").code == 0
    before = without_seconds(out)
    ended = compare(faces, out, *words)
    assert ended.code == 2
    assert told in ended.complaint()
    assert without_seconds(out) == before


def test_a_dataset_that_has_changed_is_told(tmp_path: Path) -> None:
    """Its pairs are others than those that were measured."""
    faces = make_dataset(tmp_path, ("F001", "F002"), ("T1",), frames=3)
    words = (faces.output, tmp_path / "out", "--method", "zero")
    assert run("faceflow-eval", *words).code == 0
    shutil.rmtree(faces.output / "F002")
    ended = run("faceflow-eval", *words)
    assert ended.code == 2
    assert "was made of another dataset, or of this one before it changed" in ended.complaint()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "no method is given; --method dis, for one"),
        (("--method", "liteflow"), "there is no 'liteflow' among zero, farneback"),
        (("--method", "flo:nowhere"), "flo:nowhere: there is no such folder"),
        (("--method", "zero", "--versus", "dis"), "--versus dis is not taken: zero are"),
        (("--method", "zero", "--subjects", "X*"), "DATA has no pair with flow"),
        (("--method", "zero", "--part", "val"), "has no splits/val.txt: faceflow split makes it"),
        (("--method", "zero", "--limit", "0"), "--limit"),
    ],
)
def test_wrong_usage_writes_nothing(
    faces: Faces, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """Exit code 2 and one line."""
    ended = compare(faces, tmp_path / "out", *words)
    assert ended.code == 2
    assert told in ended.complaint()
    assert not (tmp_path / "out").exists()


def test_results_never_go_where_something_else_is(faces: Faces, tmp_path: Path) -> None:
    """A dataset has a report and a state of its own, which would be lost."""
    report = (faces.output / "report.html").read_bytes()
    ended = run("faceflow-eval", faces.output, faces.output, "--method", "zero")
    assert ended.code == 2
    assert "holds a dataset; results go to a folder of their own" in ended.complaint()
    assert (faces.output / "report.html").read_bytes() == report
    (tmp_path / "thesis.tex").write_text("important")
    ended = run("faceflow-eval", faces.output, tmp_path, "--method", "zero")
    assert ended.code == 2
    assert "holds other files" in ended.complaint()
    ended = run("faceflow-eval", tmp_path, tmp_path / "out", "--method", "zero")
    assert ended.code == 2
    assert "is no dataset: it has no dataset.json" in ended.complaint()


def test_a_damaged_pair_fails_for_all_and_the_rest_is_measured(tmp_path: Path) -> None:
    """With its file's name."""
    faces = make_dataset(tmp_path, ("F001",), ("T1",), frames=4)
    (faces.output / "F001" / "flow_T1" / "002.flo").write_bytes(b"PIEH")
    ended = run("faceflow-eval", faces.output, tmp_path / "out", "--method", "zero")
    assert ended.code == 1
    assert "the pair cannot be read" in ended.err
    assert "002.flo is cut short" in ended.err
    result = json.loads((tmp_path / "out" / "results.json").read_text())["results"]["zero"]
    assert (result["pairs"], result["failed"]) == (2, 1)


def test_a_dataset_that_is_being_made_is_told(tmp_path: Path) -> None:
    """What has no record yet is not looked at, and nobody takes the rest for the whole."""
    faces = make_dataset(tmp_path, ("F001",), ("T1", "T2"), frames=3)
    (faces.output / "F001" / "T2" / "sequence.json").unlink()
    ended = run("faceflow-eval", faces.output, tmp_path / "out", "--method", "zero")
    assert ended.code == 0
    assert "1 sequences of the dataset have no sequence.json and are not looked at" in ended.out


def test_a_damaged_state_is_told(faces: Faces, tmp_path: Path) -> None:
    """In one line, with what helps."""
    out = tmp_path / "out"
    assert compare(faces, out, "--method", "zero").code == 0
    (out / "progress.sqlite").write_bytes(b"SQLite format 3" + bytes(range(200)))
    ended = compare(faces, out, "--method", "zero")
    assert ended.code == 1
    assert "once it is deleted, all is measured anew" in ended.complaint()


def test_names_with_bars_and_line_ends_stay_in_their_cells(tmp_path: Path) -> None:
    """Tables have the same number of columns in each line, and JSON the names as they are."""
    faces = make_dataset(tmp_path, ("F|1", 'F,"2'), ("T\n1",), frames=2)
    out = tmp_path / "out"
    assert run("faceflow-eval", faces.output, out, "--method", "zero").code == 0
    assert {row["subject"] for row in rows(out)} == {"F|1", 'F,"2'}
    assert {row["sequence"] for row in rows(out)} == {"T\n1"}
    table = (out / "summary.md").read_text().split("## EPE by subject")[1].strip().splitlines()
    assert {line.replace("\\|", "").count("|") for line in table} == {4}


def test_two_runs_do_not_share_a_folder(faces: Faces, tmp_path: Path) -> None:
    """The second is told, and the first goes on."""
    out, calls = tmp_path / "out", tmp_path / "calls"
    line = [
        *command_line("faceflow-eval"),
        str(faces.output),
        str(out),
        "--method",
        f"slow:{calls}",
    ]
    plugins = environment(with_plugins(faces.root / "site"))
    process = subprocess.Popen(line, env=plugins, stdout=subprocess.DEVNULL)
    while not calls.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGSTOP)  # however long the second takes to start
    ended = compare(faces, out, "--method", f"slow:{calls}")
    process.send_signal(signal.SIGCONT)
    assert ended.code == 2
    assert "is in use by another run" in ended.complaint()
    assert process.wait() == 0


def test_a_list_of_state_is_small(faces: Faces, tmp_path: Path) -> None:
    """A row of a kilobyte for each method and pair, and counts for each sequence only."""
    assert compare(faces, tmp_path / "out", "--method", "zero", "--method", "dis").code == 0
    with sqlite3.connect(tmp_path / "out" / "progress.sqlite") as connection:
        (largest,) = connection.execute("SELECT max(length(sums)) FROM outcome").fetchone()
        (counts,) = connection.execute("SELECT count(*) FROM counts").fetchone()
    connection.close()
    assert (largest, counts) == (12 * 9 * 8, 2 * 4)
