"""Runs that are stopped, in whatever way: files are whole, and the same command goes on."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from command import Ended, gen, run, start
from faces import Faces, make_faces
from generation import generate, tree

from faceflow.cli.executor_options import LEAST_FOR_PROCESSES
from faceflow.files import TEMPORARY_PREFIX

OPTIONS = {"size": (384, 288), "viz": "all", "image_format": "png"}
WORDS = ["--size", "384x288", "--viz", "all", "--image-format", "png", "--workers", "2"]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Work for a second and more, in two sequences."""
    return make_faces(tmp_path_factory.mktemp("faces"), ("F1", "F2"), frames=24)


@pytest.fixture(scope="module")
def clean(faces: Faces) -> dict[str, bytes]:
    """The tree of a run that nobody stopped."""
    generate(faces, faces.root / "clean", workers=2, **OPTIONS)
    return tree(faces.root / "clean")


def stop_when(
    faces: Faces, output: Path, pairs: int, *signals: signal.Signals
) -> tuple[Ended, dict[str, bytes]]:
    """Start, signal once so many pairs are made, and see how it ended and what is there."""
    process = start("faceflow-gen", faces.images, output, *WORDS)
    while len(list(output.glob("*/flow_*/*.flo"))) < pairs:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    for number in signals:
        process.send_signal(number)
        time.sleep(0.02)
    out, err = process.communicate()
    files = tree(output)
    files.pop("dataset.json", None)
    return Ended(process.returncode, out, err), files


@pytest.mark.parametrize(
    ("signals", "pairs"),
    [
        ((signal.SIGINT,), 1),
        ((signal.SIGINT,), 25),
        ((signal.SIGTERM,), 10),
        ((signal.SIGINT, signal.SIGINT, signal.SIGINT), 1),
    ],
    ids=["ctrl-c early", "ctrl-c late", "term", "ctrl-c thrice"],
)
def test_interrupted_run_leaves_whole_files_and_goes_on(
    faces: Faces,
    clean: dict[str, bytes],
    tmp_path: Path,
    signals: tuple[signal.Signals, ...],
    pairs: int,
) -> None:
    """Exit code 130, one line, no temporary file; the same command ends with the same bytes."""
    ended, files = stop_when(faces, tmp_path, pairs, *signals)
    assert (ended.code, ended.out) == (130, "")
    assert ended.complaint() == "faceflow-gen: interrupted; the same command goes on"
    assert 0 < len(files) < len(clean)
    assert files.items() <= clean.items()
    generate(faces, tmp_path, workers=2, **OPTIONS)
    assert tree(tmp_path) == clean


@pytest.mark.parametrize("pairs", [1, 12, 25])
def test_killed_run_goes_on(
    faces: Faces, clean: dict[str, bytes], tmp_path: Path, pairs: int
) -> None:
    """Whatever it was at: what has a name is whole, and what has none yet is taken away."""
    ended, files = stop_when(faces, tmp_path, pairs, signal.SIGKILL)
    assert ended.code == -signal.SIGKILL
    named = {path: data for path, data in files.items() if TEMPORARY_PREFIX not in path}
    assert named.items() <= clean.items()
    generate(faces, tmp_path, workers=2, **OPTIONS)
    assert tree(tmp_path) == clean


def test_fifty_kills_at_any_moment_change_nothing(tmp_path: Path) -> None:
    """Kill -9 again and again, then the command once more: the tree of a run nobody killed.

    How much a run does before it is killed depends on the machine; one that came to its end is
    followed by a run on an empty folder, so that all of the fifty kills meet work under way.
    """
    faces = make_faces(tmp_path, ("F1", "F2", "F3"), sequences=("T1", "T2"), frames=80)
    generate(faces, tmp_path / "clean", workers=2, **OPTIONS)
    moments = np.random.default_rng(0)
    kills = 0
    while kills < 50:
        process = start("faceflow-gen", faces.images, faces.output, *WORDS)
        while process.poll() is None and not (faces.output / "faceflow.log").exists():
            time.sleep(0.002)
        time.sleep(moments.uniform(0.1, 0.6))
        process.kill()
        process.communicate()
        assert process.returncode in (0, -signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
        if process.returncode == 0:
            shutil.rmtree(faces.output)
    assert run("faceflow-gen", faces.images, faces.output, *WORDS).code == 0
    assert tree(faces.output) == tree(tmp_path / "clean")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Frames enough for processes."""
    root = tmp_path_factory.mktemp("many")
    return make_faces(root, ("F1", "F2"), frames=LEAST_FOR_PROCESSES // 2, size=(24, 16))


@pytest.fixture(scope="module")
def clean_of_many(many: Faces) -> dict[str, bytes]:
    """The tree of a run on threads that nobody stopped."""
    generate(many, workers=2)
    return tree(many.output)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_run_in_processes_is_stopped_and_goes_on(
    many: Faces, clean_of_many: dict[str, bytes], tmp_path: Path, number: signal.Signals
) -> None:
    """Where there are frames enough for processes, they end with the command."""
    words = [many.images, tmp_path, "--size", "source", "--workers", "2"]
    process = start("faceflow-gen", *words)
    while len(list(tmp_path.glob("*/flow_*/*.flo"))) < 100:
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    out, err = process.communicate()
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert (process.returncode, out) == (130, "")
        assert err == "faceflow-gen: interrupted; the same command goes on\n"
    assert run("faceflow-gen", *words).code == 0
    assert tree(tmp_path) == clean_of_many


def test_remains_of_a_killed_run_are_taken_away(tmp_path: Path) -> None:
    """Beside the summary, the images, the pictures and the records."""
    faces = make_faces(tmp_path)
    generate(faces, viz="flow")
    before = tree(faces.output)
    (faces.output / "F001" / "T1" / "sequence.json").unlink()
    for folder in (".", "F001/T1", "F001/flow_T1", "F001/flow_viz_T1"):
        (faces.output / folder / f"{TEMPORARY_PREFIX}1-ab.tmp").write_bytes(b"half")
    assert gen(faces, "--viz", "flow", "--landmarks", "auto").code == 0
    assert {p for p in tree(faces.output) if TEMPORARY_PREFIX in p} == set()
    assert set(tree(faces.output)) == set(before)
