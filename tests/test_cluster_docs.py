"""The scripts of docs/cluster.md work, with stand-ins for SLURM's commands."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from command import Ended, command_line, environment
from faces import make_faces
from generation import generate, tree

PAGE = Path(__file__).parents[1] / "docs" / "cluster.md"

SRUN = """#!/bin/bash
for task in 1 2; do "$@" & done
trap 'kill $(jobs -p)' TERM
wait; wait
"""
SBATCH = """#!/bin/bash
cp "$1" "$0.$$.sh"
setsid bash "$0.$$.sh" &> "$0.$$.log" < /dev/null &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/bash
kill -- "${@/#/-}"
"""


def block(language: str) -> str:
    """The page's code in a language; there is one."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(code)


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, str]:
    """An environment in which there are SLURM's commands and ours."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = shlex.quote(sys.executable)
    gen = shlex.join(command_line("faceflow-gen"))
    scripts = {
        "srun": SRUN,
        "sbatch": SBATCH,
        "scancel": SCANCEL,
        "python": f'#!/bin/bash\nexec {python} "$@"\n',
        "dask": f'#!/bin/bash\nexec {python} -m dask "$@"\n',
        "faceflow-gen": f'#!/bin/bash\nexec {gen} "$@"\n',
    }
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    return environment({"PATH": path, "SLURM_CPUS_PER_TASK": "4"})


class Job:
    """A script under way, in a session of its own: as SLURM does, what is left of it is killed."""

    def __init__(self, words: Sequence[object], folder: Path, variables: dict[str, str]) -> None:
        self._out, self._err = folder.with_name("out"), folder.with_name("err")
        folder.mkdir(exist_ok=True)
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [os.fspath(word) if isinstance(word, Path) else str(word) for word in words],
                cwd=folder,
                env=variables,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def ended(self) -> Ended:
        """How it ended."""
        code = self.process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return Ended(code, self._out.read_text(), self._err.read_text())


def batch_script(folder: Path) -> Path:
    script = folder / "faceflow.sbatch"
    script.write_text(block("bash"))
    return script


def test_batch_script_works(tmp_path: Path, commands: dict[str, str]) -> None:
    """Scheduler, workers and run in one job; it takes options, and away what it needed."""
    faces = make_faces(tmp_path, frames=40)
    options = ["--size", "source", "--refine", "none"]
    words = ["bash", batch_script(tmp_path), faces.images, faces.output, *options]
    ended = Job(words, tmp_path / "here", commands).ended()
    assert (ended.code, ended.err) == (0, "")
    assert "pairs: 39 ok, 0 failed, 0 skipped" in ended.out
    generate(faces, tmp_path / "local")
    assert tree(faces.output) == tree(tmp_path / "local")
    assert [path.suffix for path in (tmp_path / "here").iterdir()] == [".log"]


def test_batch_script_tells_that_something_failed(tmp_path: Path, commands: dict[str, str]) -> None:
    """With the command's exit code."""
    words = ["bash", batch_script(tmp_path), tmp_path / "nowhere", tmp_path / "dataset"]
    ended = Job(words, tmp_path / "here", commands).ended()
    assert (ended.code, ended.out) == (2, "")
    assert ended.complaint() == f"faceflow-gen: IMAGES {tmp_path / 'nowhere'} is no folder"


def test_batch_script_goes_on_after_its_time_was_up(
    tmp_path: Path, commands: dict[str, str]
) -> None:
    """SLURM tells it before: it ends as by Ctrl-C, and the same job once more does the rest."""
    faces = make_faces(tmp_path, frames=120)
    options = ["--size", "384x288", "--viz", "all", "--refine", "none"]
    words = ["bash", batch_script(tmp_path), faces.images, faces.output, *options]
    job = Job(words, tmp_path / "here", commands)
    while not list(faces.output.glob("*/flow_*/*.flo")):
        assert job.process.poll() is None
        time.sleep(0.01)
    job.process.terminate()
    ended = job.ended()
    assert ended.code == 130
    assert ended.err.splitlines()[-1] == "faceflow-gen: interrupted; the same command goes on"
    assert Job(words, tmp_path / "here", commands).ended().code == 0
    generate(faces, tmp_path / "local", workers=2, size=(384, 288), viz="all")
    assert tree(faces.output) == tree(tmp_path / "local")


def test_jobqueue_script_works(tmp_path: Path, commands: dict[str, str]) -> None:
    """Workers are jobs of their own, which are ended with it."""
    pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed")
    script = tmp_path / "make_dataset.py"
    script.write_text(block("python"))
    faces = make_faces(tmp_path, frames=40)
    words = [sys.executable, script, faces.images, faces.output, "--size", "source"]
    ended = Job(words, tmp_path / "here", commands).ended()
    assert ended.code == 0, ended.err
    generate(faces, tmp_path / "local", refine="photometric")
    assert tree(faces.output) == tree(tmp_path / "local")
