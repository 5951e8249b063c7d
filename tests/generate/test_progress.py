"""What is told of a run while it is under way."""

from __future__ import annotations

from pathlib import Path

import pytest
from faces import make_faces
from generation import generate


class Told:
    """Progress as it was told: of what, how much there is, and how much is done."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int]] = []

    def start(self, what: str, total: int) -> None:
        """Something else begins."""
        self.steps.append((what, total, 0))

    def advance(self, done: int, failed: int) -> None:
        """So much more."""
        what, total, before = self.steps[-1]
        self.steps[-1] = what, total, before + done


@pytest.mark.parametrize(
    ("refine", "expected"),
    [("none", ("frames and pairs", 14)), ("photometric", ("frames, motions and pairs", 20))],
)
def test_all_that_there_is_to_do_is_told_done(
    tmp_path: Path, refine: str, expected: tuple[str, int]
) -> None:
    """Also of a sequence in which nothing is found, and where all is there already."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=4)
    for text in (faces.landmarks / "F001" / "T2").iterdir():
        text.unlink()
    for _ in range(2):
        told = Told()
        generate(faces, refine=refine, progress=told)
        assert told.steps == [(*expected, expected[1])]
