"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import faceflow

ROOT = Path(faceflow.__file__).parent


def modules_with_examples() -> list[str]:
    """Name the modules whose text has examples; they are not imported to see."""
    files = (path for path in sorted(ROOT.rglob("*.py")) if ">>> " in path.read_text())
    parts = (path.relative_to(ROOT.parent).with_suffix("").parts for path in files)
    return [".".join(part for part in names if part != "__init__") for names in parts]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each prints what it says, run in a folder of its own."""
    module = importlib.import_module(name)
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    """The calls of the front page have examples that doctest finds."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    module = importlib.import_module("faceflow.flow.synthesis")
    found = {test.name.rpartition(".")[2] for test in finder.find(module) if test.examples}
    assert {"synthesize", "synthesize_sequence", "flipped_triangles"} <= found
