"""--help of each command is enough to use it, and costs nothing."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import typer
from command import environment, run

import faceflow
from faceflow.cli.main import app

HEAVY = ["av", "cv2", "dask", "distributed", "dlib", "filelock", "h5py", "jax", "jinja2", "keras"]
HEAVY += ["matplotlib", "numba", "numpy", "tensorflow", "torch"]
ALONE = {"faceflow-gen": "gen", "faceflow-train": "train", "faceflow-eval": "eval"}
COMMANDS = typer.main.get_command(app).commands
"""Every command by its name, as declared."""

CALLS = [("faceflow",), *(("faceflow", name) for name in COMMANDS), *((name,) for name in ALONE)]


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_help_ends_well_and_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    """On stdout, named as it was called; there at once, also where an extra is missing."""
    main = words[0].replace("faceflow", "main").replace("-", "_")
    code = f"""
import sys
from faceflow.cli.main import {main}
try:
    {main}({[*words[1:], "--help"]!r})
except SystemExit as end:
    loaded = [name for name in {HEAVY!r} if name in sys.modules]
    sys.exit(f"loaded {{loaded}}" if loaded else end.code)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: {' '.join(words)} ")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_explains_every_option(name: str) -> None:
    """All that the command declares, each with its own words."""
    shown = run("faceflow", name, "--help").out
    options = [p for p in COMMANDS[name].params if p.param_type_name == "option"]
    assert options
    for option in options:
        long = max(option.opts, key=len)
        assert re.search(rf"^  (-., )?{long} .*\w", shown, re.MULTILINE), long
        words = " ".join(shown.split())
        assert " ".join(option.help.split()) in words, long


@pytest.mark.parametrize(("alone", "name"), ALONE.items())
def test_help_is_the_same_under_both_names(alone: str, name: str) -> None:
    """But for the line of usage."""
    one, other = (run(*words, "--help").out for words in ((alone,), ("faceflow", name)))
    assert one.splitlines()[1:] == other.splitlines()[1:]


def test_version_is_told() -> None:
    """The one that is in the records."""
    assert run("faceflow", "--version").out == f"faceflow {faceflow.__version__}\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("faceflow", "generate"), "generate"),
        (("faceflow", "--colour"), "--colour"),
        (("faceflow", "doctor", "now"), "now"),
        (("faceflow-gen",), "IMAGES"),
        (("faceflow-gen", "images"), "OUTPUT"),
        (("faceflow", "demo"), "OUT"),
    ],
)
def test_wrong_usage_is_one_line_that_names_it(words: tuple[str, ...], named: str) -> None:
    """Exit code 2, and a hint where help is."""
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert named in ended.complaint()
    assert "--help" in ended.complaint()
