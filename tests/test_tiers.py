"""The tiers of this suite: what is slow is found, told, and run on request."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiers import REPRESENTATIVES, TESTS

SUITE = """
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

REAL = Path(__file__).parents[2] / "shared" / "faces"


def stop(process):
    process.send_signal(signal.SIGTERM)


@pytest.fixture
def stopped():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    stop(process)
    process.communicate()


def test_plain():
    pass


def test_kills(stopped):
    pass


def test_real():
    if not REAL.exists():
        pytest.skip("no real faces")


@pytest.mark.parametrize("number", range(10))
def test_many(number):
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite with the tiers of this one."""
    tests = tmp_path / "main" / "tests"
    tests.mkdir(parents=True)
    for name in ("conftest.py", "tiers.py"):
        shutil.copy(TESTS / name, tests / name)
    (tests / "test_suite.py").write_text(SUITE)
    return tests


def run(suite: Path, *options: str) -> tuple[int, str]:
    """Exit code and output of pytest on a suite; the helpers are those of this one."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "NUMBA_"))}
    # Not among the folders of all runs, of which it would remove the oldest, for up to 40 s.
    places = ["--rootdir", suite.parent, "--basetemp", suite.parents[1] / "temporary"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *places, suite, *options],
        env={**variables, "PYTHONPATH": f"{suite}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_fast_tier_says_what_it_did_not_run(suite: Path) -> None:
    """Helpers of fixtures are looked at, and a test with many sets of parameters runs four."""
    code, said = run(suite, "--tier", "fast", "-n", "2")
    assert code == 0, said
    assert "not run: 8 slow tests (6 exhaustive, 1 kill, 1 real)" in said
    assert "make test-all runs all tests" in said
    assert "5 passed" in said


def test_all_tests_are_run_unless_told_otherwise(suite: Path) -> None:
    """Nothing is left out without --tier, also in one process."""
    code, said = run(suite)
    assert (code, "12 passed, 1 skipped" in said) == (0, True), said
    assert "not run:" not in said


def test_skips_fail_where_they_are_not_allowed(suite: Path) -> None:
    """CI fails where a tool is missing, in place of skipping its tests."""
    code, said = run(suite, "--no-skips", "-n", "2")
    assert code == 1, said
    assert "may not be skipped here: " in said
    assert "test_real: Skipped: no real faces" in said


@pytest.mark.parametrize("name", REPRESENTATIVES)
def test_file_of_a_representative_is_there(name: str) -> None:
    """The fast tier has one test of each slow kind."""
    assert (TESTS / name.partition("::")[0]).is_file()


def test_representative_that_is_gone_is_an_error(suite: Path) -> None:
    """The fast tier would lose it without a word."""
    listed = suite / "tiers.py"
    text = listed.read_text()
    listed.write_text(text.replace("cli/test_interrupt.py::", "test_suite.py::"))
    code, said = run(suite, "--tier", "fast")
    assert code == 4, said
    assert "and there is no such test" in said
