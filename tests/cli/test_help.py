"""--help of each command is enough to use it, and costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command import environment, run

import faceflow

HEAVY = ["av", "cv2", "dask", "distributed", "dlib", "h5py", "jax", "jinja2", "keras"]
HEAVY += ["matplotlib", "numba", "numpy", "tensorflow", "torch"]
COMMANDS = [("faceflow",), ("faceflow", "gen"), ("faceflow", "landmarks")]
COMMANDS += [("faceflow", "split"), ("faceflow", "view"), ("faceflow", "demo")]
COMMANDS += [("faceflow", "predict")]
COMMANDS += [
    ("faceflow", "audit"),
    ("faceflow", "check"),
    ("faceflow", "compare"),
    ("faceflow", "export"),
    ("faceflow", "shards"),
]
COMMANDS += [("faceflow", "train"), ("faceflow", "eval"), ("faceflow", "doctor")]
COMMANDS += [("faceflow-gen",), ("faceflow-train",), ("faceflow-eval",)]

GEN_OPTIONS = """
--landmarks --landmarks-dir --openface --openface-mode --openface-timeout --min-confidence
--landmarks-on --size --triangulation --outside --flow-format --image-format --viz
--max-flow --masks --quality --min-quality --workers --executor --scheduler --overwrite --subjects
--sequences --limit
--dry-run --preset --stride --from-first --direction --no-images --config --json --debug --help
"""


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
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


TRAIN_OPTIONS = """
--preset --experiment --weights --size --width --mask --val --fractions --epochs --steps-per-epoch
--batch-size --augment --stride --schedule --learning-rate --patience --precision --accumulate --xla
--strategy --seed --workers --limit --overwrite --config --json --debug --help
"""


@pytest.mark.parametrize("words", [("faceflow", "train"), ("faceflow-train",)], ids=" ".join)
def test_help_of_train_names_every_option(words: tuple[str, ...]) -> None:
    """Under both names of the command."""
    shown = run(*words, "--help").out
    assert [option for option in TRAIN_OPTIONS.split() if f"  {option} " not in shown] == []


@pytest.mark.parametrize("words", [("faceflow", "gen"), ("faceflow-gen",)], ids=" ".join)
def test_help_of_gen_names_every_option(words: tuple[str, ...]) -> None:
    """Those of the interface, under both names of the command."""
    shown = run(*words, "--help").out
    assert [option for option in GEN_OPTIONS.split() if f"  {option} " not in shown] == []


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
