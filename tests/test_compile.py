"""Kernels compiled by numba: kept on disk where they can be, run all the same elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from mounts import as_nobody

import faceflow

COMPILE = """
import numpy
from faceflow.flow import _numba
from faceflow.landmarks.embedded import predictor
print(_numba.__file__)
print(predictor._integer(numpy.array([1, 7], numpy.uint8), 0))
print(_numba.max_magnitude(numpy.full((2, 2, 2), 3.0, numpy.float32)) > 4)
"""
CACHES = ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "FACEFLOW_BACKEND")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, without anything that was compiled."""
    copy = tmp_path / "site" / "faceflow"
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
    shutil.copytree(Path(faceflow.__file__).parent, copy, ignore=ignored)
    return copy


def compile_some(package: Path, *before: str, **environment: str) -> str:
    """What the kernels of a copy say, run after some words."""
    paths = sysconfig.get_paths()
    folders = dict.fromkeys([str(package.parent), paths["purelib"], paths["platlib"]])
    variables = {key: text for key, text in os.environ.items() if key not in CACHES}
    variables["PYTHONPATH"] = os.pathsep.join(folders)
    command = [*before, sys.executable, "-S", "-B", "-W", "error", "-c", COMPILE]
    done = subprocess.run(
        command, env=variables | environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    where, *said = done.stdout.splitlines()
    assert Path(where).is_relative_to(package)
    return " ".join(said)


def test_kernels_run_where_no_compiled_one_can_be_kept(package: Path) -> None:
    """Installed by another user, and without a home: as in many a container."""
    before = as_nobody(package)
    if not before:
        pytest.skip("only root can become a user who owns nothing")
    assert compile_some(package, *before) == "(7, 2) True"
    assert compile_some(package, *before, HOME="/no/such/home") == "(7, 2) True"
    assert list(package.rglob("*.nbi")) == []


def test_kernels_are_kept_where_they_can_be(package: Path) -> None:
    """Beside their modules, for the next process."""
    assert compile_some(package) == "(7, 2) True"
    kept = {path.name.split(".")[0] for path in package.rglob("*.nbi")}
    assert kept == {"colour", "predictor"}
