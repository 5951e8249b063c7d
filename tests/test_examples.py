"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import faceflow

FOUND = {module.name for module in pkgutil.walk_packages(faceflow.__path__, "faceflow.")}
MODULES = sorted({"faceflow"} | FOUND - {"faceflow._core"})


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each prints what it says, run in a folder of its own."""
    module = importlib.import_module(name)
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(module)
    assert result.failed == 0


def test_there_are_examples() -> None:
    """The calls of the front page have examples that doctest finds."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    module = importlib.import_module("faceflow.flow.synthesis")
    found = {test.name.rpartition(".")[2] for test in finder.find(module) if test.examples}
    assert {"synthesize", "synthesize_sequence", "flipped_triangles"} <= found
