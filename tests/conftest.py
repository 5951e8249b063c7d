"""The tiers of the suite, what each process has of its own, and fixtures of many modules."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, start_browser
from faces import Faces
from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase
from tiers import (
    FEWEST_EXAMPLES,
    KINDS,
    REPRESENTATIVES,
    TESTS,
    is_representative,
    kinds,
    loads_tensorflow,
)

from faceflow.flow.backend import VARIABLE, choose

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
"""Name of this process among those that share the tests."""

MOST_EXAMPLES = 100
"""Examples of a property test in the slow tier."""

ALLOWED_SKIPS = (
    r"PyTorch is not installed",  # too large for every run; one module and two tests
    r"torch is not installed",
)
"""Reasons for which a test may be skipped where `--no-skips` is given, as in CI."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `make test`, `make test-all` and CI."""
    group = parser.getgroup("faceflow")
    group.addoption("--tier", choices=["fast", "all"], default="all", help="Tests to run.")
    group.addoption("--no-skips", action="store_true", help="Fail if a test is skipped.")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and give this process folders of its own."""
    for kind, what in KINDS.items():
        config.addinivalue_line("markers", f"{kind}: {what} (set by tests/tiers.py)")
    # numba reads it when it is imported, which is later.
    os.environ["NUMBA_CACHE_DIR"] = str(_own_folder(config, "numba"))
    is_fast, in_ci = config.getoption("tier") == "fast", "CI" in os.environ
    examples = _own_folder(config, "hypothesis")
    settings.register_profile(
        "faceflow",
        deadline=None,
        max_examples=FEWEST_EXAMPLES if is_fast else MOST_EXAMPLES,
        derandomize=in_ci,  # the same examples each time, so that none need be kept
        database=None if in_ci else DirectoryBasedExampleDatabase(str(examples)),
    )
    settings.load_profile("faceflow")


def _own_folder(config: pytest.Config, name: str) -> Path:
    """A folder of this process that is kept from run to run, unless pytest keeps nothing."""
    if not hasattr(config, "cache"):
        return Path(tempfile.mkdtemp(prefix=f"faceflow-{name}-"))
    return config.cache.mkdir(f"{name}-{WORKER}")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even collect, in the fast tier, what loads TensorFlow."""
    is_test = collection_path.match("test_*.py")
    if config.getoption("tier") == "fast" and is_test and loads_tensorflow(collection_path):
        config.stash[_LEFT_OUT_FILES] = config.stash.get(_LEFT_OUT_FILES, 0) + 1
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with its kinds, and leave those of the slow tier out of the fast one."""
    _check_representatives(config, items)
    left_out = Counter[str]()
    kept, deselected = [], []
    is_fast = config.getoption("tier") == "fast"
    for item, marks in kinds(items).items():
        for kind in marks:
            item.add_marker(kind)
        if is_fast and marks and not is_representative(item):
            deselected.append(item)
            left_out[marks[0]] += 1
        else:
            kept.append(item)
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = kept
    config.stash[_LEFT_OUT] = left_out


_LEFT_OUT = pytest.StashKey[Counter[str]]()
_LEFT_OUT_FILES = pytest.StashKey[int]()


def _check_representatives(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a list of representatives that names no test."""
    if any("::" in argument for argument in config.args):
        return
    there = {item.nodeid.removeprefix(f"{TESTS.name}/") for item in items}
    files = {name.partition("::")[0] for name in there}
    for name in REPRESENTATIVES:
        if name.partition("::")[0] in files and name not in there:
            raise pytest.UsageError(f"tests/tiers.py names {name}, and there is no such test")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what was left out to the process that reports; there, fail for skips that may not be."""
    left_out = session.config.stash.get(_LEFT_OUT, Counter[str]())
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = dict(left_out)
        output["left_out_files"] = session.config.stash.get(_LEFT_OUT_FILES, 0)
    elif session.config.getoption("no_skips") and _refused_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a process of pytest-xdist left out; all have collected the same."""
    output = getattr(node, "workeroutput", {})
    node.config.stash[_LEFT_OUT] = Counter(output.get("left_out", {}))
    node.config.stash[_LEFT_OUT_FILES] = output.get("left_out_files", 0)


def _refused_skips(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    reasons = ((report.nodeid, report.longrepr[2]) for report in skipped)
    return [
        f"{test}: {reason}"
        for test, reason in reasons
        if not any(re.search(allowed, reason) for allowed in ALLOWED_SKIPS)
    ]


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Say what was not run and how to run it, and which skips are not allowed."""
    if config.getoption("no_skips"):
        for line in _refused_skips(config):
            terminalreporter.write_line(f"may not be skipped here: {line}", red=True)
    left_out = config.stash.get(_LEFT_OUT, Counter[str]())
    if left_out:
        each = ", ".join(f"{count} {kind}" for kind, count in left_out.most_common())
        files = config.stash.get(_LEFT_OUT_FILES, 0)
        terminalreporter.write_line(
            f"not run: {left_out.total()} slow tests ({each}) and {files} files of tests that load "
            "TensorFlow; make test-all runs all tests"
        )


@pytest.fixture(scope="module", params=["cpp", "numba"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kernel in use, each in turn. Modules ask for it by `usefixtures`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, request.param)
        choose.cache_clear()
        yield request.param
    choose.cache_clear()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    yield from start_browser(tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="session")
def moving_faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Twelve pairs of two subjects whose images show their motion; to be read or copied."""
    from evaluation import make_dataset

    return make_dataset(tmp_path_factory.mktemp("moving"))


@pytest.fixture(scope="session")
def training_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of three subjects: to train on, to validate with, and for tests; to be read."""
    from training_runs import make_dataset

    return make_dataset(tmp_path_factory.mktemp("training"))
