"""faceflow doctor: what is installed and what runs."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest
from command import run

import faceflow


def test_doctor_tells_versions_as_json() -> None:
    """Those that are installed, for a bug report."""
    ended = run("faceflow", "doctor", "--json")
    assert (ended.code, ended.err) == (0, "")
    findings = json.loads(ended.out)
    assert findings["faceflow"] == faceflow.__version__
    assert findings["versions"]["numpy"] == version("numpy")
    assert set(findings["extras"].values()) <= {"installed", "missing"}


@pytest.mark.parametrize("backend", ["cpp", "numba"])
def test_doctor_tells_which_kernel_runs_and_why(backend: str) -> None:
    """The one that was asked for."""
    ended = run("faceflow", "doctor", env={"FACEFLOW_BACKEND": backend})
    assert ended.code == 0
    assert f"kernel:       {backend} (FACEFLOW_BACKEND={backend})" in ended.out.splitlines()


def test_kernel_that_is_none_is_wrong_usage() -> None:
    """One line, with what is taken."""
    ended = run("faceflow", "doctor", env={"FACEFLOW_BACKEND": "fortran"})
    assert ended.code == 2
    assert "FACEFLOW_BACKEND='fortran' is not taken, only auto, cpp, numba" in ended.complaint()


def test_output_that_cannot_be_written_is_no_traceback() -> None:
    """Its reader has gone, or the disk is full."""
    ended = run("faceflow", "doctor", before=["sh", "-c", '"$@" > /dev/full', "sh"])
    assert ended.code == 1
    assert ended.complaint() == "faceflow: No space left on device"
