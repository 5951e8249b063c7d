"""The commands, run as users run them: in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from faces import Faces
from forked import LOADED, LOADED_FOR_NETWORKS, run_forked

import faceflow

_MAIN = {
    "faceflow": "main",
    "faceflow-gen": "main_gen",
    "faceflow-train": "main_train",
    "faceflow-eval": "main_eval",
}

_BEFORE = {"faceflow-gen": ("--refine", "none")}
"""Options that come first: no two of the made-up images show the same, to refine by."""

_WITH_NETWORKS = {"predict", "train", "faceflow-train"}

_started: set[tuple[object, ...]] = set()
"""Commands, and environments, that have been run as users run them."""

# A shell starts background jobs with Ctrl-C ignored, nohup ignores the terminal's end, and so would
# everything below them.
_CODE = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from faceflow.cli.main import {main}
{main}()
"""


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    def complaint(self) -> str:
        """What it said on stderr, checked to be one line and no traceback."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.endswith("\n"), self.err
        return self.err[:-1]


def command_line(command: str) -> list[str]:
    """How this process would start the command."""
    return [sys.executable, "-c", _CODE.format(main=_MAIN[command])]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, the package importable as it is here."""
    here = str(Path(faceflow.__file__).absolute().parents[1])
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    ours = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {**ours, "PYTHONPATH": path, **(extra or {})}


def start(command: str, *arguments: object, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start a command and leave it running."""
    words = (*_BEFORE.get(command, ()), *arguments)
    return subprocess.Popen(
        command_line(command) + [os.fspath(a) if isinstance(a, Path) else str(a) for a in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
        cwd=cwd,
        env=environment(),
    )


def run(
    command: str,
    *arguments: object,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    before: Sequence[str] = (),
) -> Ended:
    """Run a command to its end; `before` is a command that runs it, as setpriv does.

    The first of its kind starts Python as users do; others are forked from a process that has the
    same environment and has loaded the package, which is most of the time that they take.
    """
    words = [os.fspath(w) if isinstance(w, Path) else str(w) for w in arguments]
    name = words[0] if command == "faceflow" and words else command
    variables = environment(env)
    kind = (name, *sorted(variables.items()))
    words = [*_BEFORE.get(command, ()), *words]
    if kind in _started and not before:
        loaded = LOADED_FOR_NETWORKS if name in _WITH_NETWORKS else LOADED
        return Ended(*run_forked(_MAIN[command], words, variables, cwd or Path.cwd(), loaded))
    _started.add(kind)
    done = subprocess.run(
        [*before, *command_line(command), *words],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        cwd=cwd,
        env=variables,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def gen(
    faces: Faces,
    *options: object,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Ended:
    """Run faceflow-gen on made-up faces, in their own size."""
    words = [faces.images, output or faces.output, "--size", "source", *options]
    return run("faceflow-gen", *words, env=env, before=before)
