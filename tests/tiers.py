"""The tier of each test, found in one place from what the test uses.

``make test`` runs the fast tier: the tests of no kind below, and the representatives of each kind.
``make test-all`` runs all tests. A test is of a kind if its function, its fixtures, its parameters
or a helper that they call uses something that `USES` lists for that kind.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

TESTS = Path(__file__).parent
SHARED = TESTS.parents[1] / "shared"
"""Real data beside the checkout, which only developers of the package have."""

KINDS = {
    "cluster": "starts a Dask cluster",
    "kill": "kills, stops or interrupts processes",
    "train": "runs TensorFlow",
    "real": "needs ../shared",
    "browser": "opens a page in Chromium",
    "install": "installs the package, or copies what is installed",
    "exhaustive": "measures memory, tries costly examples, or is one of many sets of parameters",
}

LOADING_TENSORFLOW = ("keras", "tensorflow", "network_samples", "seeing_network")
"""Modules that load TensorFlow when they are imported."""

USES = {
    "cluster": (
        "clusters",
        "dask",
        "dask_jobqueue",
        "distributed",
        "faceflow.execute.dask",
        "SLURM_CPUS_PER_TASK",
    ),
    "kill": (
        "kill",
        "killpg",
        "send_signal",
        "terminate",
        "hang",
        "hang with child",
        "slow",
        "babble",
    ),
    "train": (
        *LOADING_TENSORFLOW,
        *("jax", "tf", "faceflow-train", "faceflow.learn.data.pipeline", "faceflow.learn.losses"),
        *("faceflow.learn.networks", "faceflow.learn.predictor", "faceflow.learn.training.fit"),
        *("keras2_file", "training_runs.train"),
    ),
    "real": ("../shared",),
    "browser": ("browser.start_browser",),
    "install": ("fresh_python.packages_without", "pip", "compileall"),
    "exhaustive": ("tracemalloc", "fresh_python.peak_memory", "costly examples", "many parameters"),
}
"""Names of modules, of things in them, of methods, or strings in a test's code."""

REPRESENTATIVES = (
    "cli/test_interrupt.py::test_killed_run_goes_on[12]",
    "execute/test_dask_executor.py::test_works_give_their_results_and_advance_is_told_of_each_part[dask]",
    "cli/test_train_two_steps.py::test_two_steps_give_a_network",
    "report/test_page_in_browser.py::test_slider_and_keys_step_through_the_pairs",
)
"""Tests of the slow tier that the fast one keeps: one of each kind that any machine can run."""

FEWEST_EXAMPLES = 40
"""Examples of a property test in the fast tier; one that asks for fewer has costly ones."""

MOST_PARAMETERS = 4
"""Sets of parameters of one test in the fast tier, evenly spread over those that there are."""


def kinds(items: Iterable[pytest.Function]) -> dict[pytest.Function, list[str]]:
    """Return the kinds of each test, in their order; one that has none is in the fast tier."""
    found: dict[pytest.Function, list[str]] = {item: [] for item in items}
    of_function: dict[object, list[pytest.Function]] = {}
    for item in found:
        of_function.setdefault((item.path, item.originalname), []).append(item)
    for same in of_function.values():
        step = -(-len(same) // MOST_PARAMETERS)
        for number, item in enumerate(same):
            found[item] = _kinds(item, {"many parameters"} if number % step else set())
    return found


def _kinds(item: pytest.Function, words: set[str]) -> list[str]:
    words |= {str(value) for value in _parameters(item)}
    if _examples(item) < FEWEST_EXAMPLES:
        words.add("costly examples")
    found = _named(words)
    for function in (item.function, *_fixtures(item)):
        found |= _of_function(function)
    return [kind for kind in KINDS if kind in found]


@cache
def _of_function(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(_named(uses(function)))


def _named(words: Iterable[str]) -> set[str]:
    """Kinds that use one of the words."""
    return {kind for kind, names in USES.items() if any(_is_in(word, names) for word in words)}


_LOADS_TENSORFLOW = re.compile(
    rf"^(import|from) ({'|'.join(LOADING_TENSORFLOW)})\b|^tf = ", re.MULTILINE
)


def loads_tensorflow(path: Path) -> bool:
    """Whether a file of tests loads TensorFlow as it is collected, which takes seconds."""
    return _LOADS_TENSORFLOW.search(path.read_text(encoding="utf-8")) is not None


def is_representative(item: pytest.Item) -> bool:
    """Whether the fast tier keeps this test although it is of a kind."""
    return item.nodeid.removeprefix(f"{TESTS.name}/") in REPRESENTATIVES


def _is_in(name: str, names: tuple[str, ...]) -> bool:
    return name in names or any(name.startswith(f"{start}.") for start in names)


def _parameters(item: pytest.Function) -> Iterator[Any]:
    if hasattr(item, "callspec"):
        yield from item.callspec.params.values()


def _fixtures(item: pytest.Function) -> Iterator[Callable[..., Any]]:
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        yield from (definition.func for definition in definitions)


def _examples(item: pytest.Function) -> int:
    """How many examples a property test asks for; any other test has no such number."""
    settings = getattr(item.function, "_hypothesis_internal_use_settings", None)
    return FEWEST_EXAMPLES if settings is None else settings.max_examples


def uses(function: Callable[..., Any]) -> frozenset[str]:
    """Name all that a function uses, and what the functions of the tests that it calls use."""
    found: set[str] = set()
    seen: set[FunctionType] = set()
    todo: list[Any] = [function]
    while todo:
        one = inspect.unwrap(todo.pop())
        if isinstance(one, FunctionType) and one not in seen and _is_of_tests(one):
            seen.add(one)
            names, values = _used(one)
            found |= names
            todo += values
    return frozenset(found)


def _is_of_tests(function: FunctionType) -> bool:
    return TESTS in Path(function.__code__.co_filename).parents


def _used(function: FunctionType) -> tuple[set[str], list[Any]]:
    """Names and strings in the code of a function, and the values of its global names."""
    names: set[str] = set()
    strings: set[str] = set()
    for code in _codes(function.__code__):
        names.update(code.co_names)
        strings.update(_strings(code.co_consts))
    values = {n: function.__globals__[n] for n in names if n in function.__globals__}
    return names | strings | {_qualified(n, v) for n, v in values.items()}, [*values.values()]


def _strings(constants: tuple[object, ...]) -> Iterator[str]:
    for constant in constants:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple):  # the keys of a dictionary, say
            yield from _strings(constant)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _qualified(name: str, value: Any) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    path = value if isinstance(value, Path) else getattr(value, "root", None)  # of faces
    if isinstance(path, Path):
        whole = Path(os.path.normpath(path))
        return "../shared" if SHARED in (whole, *whole.parents) else name
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', name)}"
