"""What `pip install` makes of the source on a machine without a compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fresh_python import run_python

ROOT = Path(__file__).parents[1]
BUILT = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
WORK = """
import faceflow, numpy
info = faceflow.backend_info()
print(info["backend"], info["reason"], faceflow.__file__)
points = numpy.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
flow = faceflow.synthesize(points, points + 2, (8, 8), faceflow.triangulate(points))
print(flow[2, 2], flow[7, 7])
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a build needs, so that nothing is written to the source tree."""
    copy = tmp_path_factory.mktemp("source")
    for folder in ("cpp", "python"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=BUILT)
    for name in ("CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def install_without_compiler(
    source: Path, target: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    variables = {k: v for k, v in os.environ.items() if k != "FACEFLOW_REQUIRE_NATIVE"}
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    return subprocess.run(
        [sys.executable, "-m", "pip", "install", str(source), *options],
        env=variables | {"CXX": "/bin/false"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def target(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed, its compile having failed; kernels that numba compiles stay there."""
    folder = tmp_path_factory.mktemp("target")
    done = install_without_compiler(source, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_without_compiler_the_package_runs_on_numba(target: Path) -> None:
    """Where the compile fails, the package is installed without the extension and works."""
    assert not list(target.rglob("_core*.so"))
    assert (target / "faceflow/py.typed").is_file()
    worked = run_python(WORK, package_in=target)
    assert worked.returncode == 0, worked.stderr
    first, second = worked.stdout.splitlines()
    assert first.startswith("numba no compiled extension: ")
    assert first.endswith(str(target / "faceflow/__init__.py"))
    assert second == "[2. 2.] [nan nan]"


def test_without_compiler_the_demo_says_what_it_waits_for(target: Path, tmp_path: Path) -> None:
    """In the first line on stderr; the result is the same."""
    demo = f"from faceflow.cli.main import main; main(['demo', {str(tmp_path / 'demo')!r}])"
    worked = run_python(demo, package_in=target)
    assert worked.returncode == 0, worked.stderr
    first = worked.stderr.splitlines()[0]
    assert first.startswith("no compiled extension (see faceflow doctor): numba compiles")
    assert "end-point error against the rendered motion: 0.0001 px" in worked.stdout


def test_required_extension_that_cannot_be_built_fails(source: Path, tmp_path: Path) -> None:
    """With FACEFLOW_REQUIRE_NATIVE=1 a failed compile fails the installation."""
    target = tmp_path / "target"
    done = install_without_compiler(source, target, FACEFLOW_REQUIRE_NATIVE="1")
    assert done.returncode != 0
    assert "CMake" in done.stdout + done.stderr
    assert not (target / "faceflow").exists()
