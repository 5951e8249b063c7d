"""Python in a process of its own, with a copy of the package where one is given."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import faceflow


def run_python(
    code: str, *, package_in: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `code`.

    Parameters
    ----------
    package_in
        The folder that holds the `faceflow` to import; by default the one under test. `-S` keeps
        the hooks of editable installs from putting another in its place.
    environment
        Variables to set; FACEFLOW_BACKEND is unset otherwise.
    """
    variables = {key: text for key, text in os.environ.items() if key != "FACEFLOW_BACKEND"}
    options: list[str] = []
    if package_in is not None:
        options = ["-S"]
        paths = sysconfig.get_paths()
        folders = dict.fromkeys([str(package_in), paths["purelib"], paths["platlib"]])
        variables["PYTHONPATH"] = os.pathsep.join(folders)
    return subprocess.run(
        [sys.executable, *options, "-W", "error", "-c", code],
        env=variables | environment,
        capture_output=True,
        text=True,
        check=False,
    )


_PEAK = """
import re
print(re.search(r"VmHWM:\\s*([0-9]+) kB", open("/proc/self/status").read())[1])
"""
# Not ru_maxrss: in a process just started, that is still the one of the process that started it.


def peak_memory(code: str, **environment: str) -> int:
    """Run `code`, which must end well; return the most memory that the process took, in bytes."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells the memory of a process")
    done = run_python(code + _PEAK, **environment)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1]) * 1024


def packages_without(folder: Path, absent: str) -> Path:
    """A folder with every package installed here but one, for `python -S` with it as PYTHONPATH."""
    folder.mkdir()
    paths = sysconfig.get_paths()
    for installed in {Path(paths["purelib"]), Path(paths["platlib"])}:
        for path in installed.iterdir():
            if path.name not in (absent, "faceflow") and not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)
    if absent != "faceflow":
        (folder / "faceflow").symlink_to(Path(faceflow.__file__).parent)
    return folder
