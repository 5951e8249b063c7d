"""faceflow demo: see it work without any data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import environment, run

import faceflow as ff
from faceflow.images import read_image

pytest.importorskip("skimage", reason="the demo's photograph comes with scikit-image")


def test_demo_measures_its_flow_against_the_motion(tmp_path: Path) -> None:
    """End-point error below a hundredth of a pixel, and all the files that it names."""
    ended = run("faceflow", "demo", tmp_path / "out", "--json")
    assert (ended.code, ended.err) == (0, "")
    result = json.loads(ended.out)
    assert 0 <= result["endpoint_error"] < 0.01
    assert result["largest_motion"] > 1
    assert result["difference_with_flow"] < 0.2 * result["difference_without_flow"]
    assert all(Path(path).exists() for path in result["files"])
    assert len(ff.open_dataset(tmp_path / "out" / "dataset")) == result["pairs"] == 27
    assert read_image(tmp_path / "out" / "demo.png").shape == (780, 786, 3)
    for folder in ("Subjects", "Landmarks"):
        assert len(list((tmp_path / "out" / folder / "astronaut").glob("*/*"))) == 30

    again = run("faceflow", "demo", tmp_path / "out")
    assert again.code == 0
    error = f"end-point error against the rendered motion: {result['endpoint_error']:.4f} px"
    assert error in again.out.splitlines()


def test_demo_into_a_file_is_one_line(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "out").touch()
    ended = run("faceflow", "demo", tmp_path / "out")
    assert ended.code != 0
    assert "out" in ended.complaint()


def test_demo_needs_its_extra(tmp_path: Path) -> None:
    """Without scikit-image it says how to install it."""
    (tmp_path / "skimage.py").write_text("raise ImportError('not installed')\n")
    path = f"{tmp_path}:{environment()['PYTHONPATH']}"
    ended = run("faceflow", "demo", tmp_path / "out", env={"PYTHONPATH": path})
    assert ended.code == 2
    assert "pip install 'faceflow[demo]'" in ended.complaint()
