"""Which kernel runs, and what an import loads; each in a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fresh_python import run_python

import faceflow as ff

INFO = "import faceflow; print(faceflow.backend_info())"
WORK = """
import faceflow, numpy
points = numpy.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
triangles = faceflow.triangulate(points)
print(faceflow.synthesize(points, points + 2, (8, 8), triangles)[2, 2])
"""


@pytest.fixture(scope="module")
def without_extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package without its compiled extension."""
    folder = tmp_path_factory.mktemp("pure")
    package = Path(ff.__file__).parent
    shutil.copytree(package, folder / "faceflow", ignore=shutil.ignore_patterns("*.so", "*.pyd"))
    return folder


@pytest.mark.parametrize(
    ("choice", "backend"), [("cpp", "cpp"), ("numba", "numba"), ("auto", "cpp"), ("", "cpp")]
)
def test_variable_picks(choice: str, backend: str) -> None:
    """FACEFLOW_BACKEND names the kernel; auto, or nothing, takes the extension that is there."""
    done = run_python(INFO, FACEFLOW_BACKEND=choice)
    assert done.returncode == 0, done.stderr
    assert f"'backend': '{backend}'" in done.stdout


def test_default_is_the_extension() -> None:
    """Without the variable the extension is taken, and the reason says that it is installed."""
    done = run_python(INFO)
    assert "'backend': 'cpp'" in done.stdout
    assert "the compiled extension is installed" in done.stdout


@pytest.mark.parametrize("choice", ["nonsense", "CPP", "c++", " "])
def test_nonsense_is_refused(choice: str) -> None:
    """Another word is refused, and those taken are listed."""
    done = run_python(INFO, FACEFLOW_BACKEND=choice)
    assert done.returncode != 0
    assert f"BackendError: FACEFLOW_BACKEND={choice!r}" in done.stderr
    assert "auto, cpp, numba" in done.stderr


def test_forced_extension_that_is_missing(without_extension: Path) -> None:
    """A forced kernel that is not there is an error naming the variable, not another kernel."""
    for code in (INFO, WORK):
        done = run_python(code, package_in=without_extension, FACEFLOW_BACKEND="cpp")
        assert done.returncode != 0
        assert "BackendError: FACEFLOW_BACKEND=cpp" in done.stderr
        assert "faceflow._core" in done.stderr


def test_auto_without_extension(without_extension: Path) -> None:
    """Without the extension numba is taken and says why; that it works is test_package's."""
    done = run_python(INFO, package_in=without_extension, FACEFLOW_BACKEND="auto")
    assert done.returncode == 0, done.stderr
    assert "'backend': 'numba'" in done.stdout
    assert "no compiled extension: No module named 'faceflow._core'" in done.stdout


def test_numba_works_from_its_cache() -> None:
    """A second process takes the compiled kernels from disk and gets the same."""
    for _ in range(2):
        done = run_python(WORK, FACEFLOW_BACKEND="numba")
        assert done.returncode == 0, done.stderr
        assert done.stdout == "[2. 2.]\n"


def test_import_is_light() -> None:
    """`import faceflow` loads none of what is slow to load, not even numpy."""
    done = run_python("import sys, faceflow; print(*sorted(sys.modules))")
    loaded = set(done.stdout.split())
    assert "faceflow" in loaded
    heavy = {"tensorflow", "keras", "numba", "dlib", "dask", "cv2", "scipy", "numpy", "skimage"}
    assert not loaded & heavy


def test_extension_needs_no_numba() -> None:
    """With the extension, work is done without loading numba or OpenCV."""
    done = run_python(WORK + "import sys; print({'numba', 'cv2'} & set(sys.modules))")
    assert done.stdout == "[2. 2.]\nset()\n", done.stderr


def test_names_are_found_when_asked_for() -> None:
    """Every public name is there, listed by `dir`, and an unknown one is an AttributeError."""
    for name in ff.__all__:
        assert getattr(ff, name) is not None
    assert set(ff.__all__) <= set(dir(ff))
    with pytest.raises(AttributeError, match="has no attribute 'sythesize'"):
        _ = ff.sythesize
