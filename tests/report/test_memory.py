"""report.html of a sequence of 100,000 frames."""

from __future__ import annotations

from pathlib import Path

from fake_dataset import numbered_pairs, write_dataset_json, write_sequence
from fresh_python import peak_memory

MEASURE = """
from pathlib import Path
from faceflow.report.page import write_report
write_report(Path({root!r}))
"""


def peak(root: Path, frames: int) -> int:
    """The most memory that a process takes to write the page, bytes."""
    write_dataset_json(root)
    path = write_sequence(root, "S", "T", numbered_pairs(frames - 1, mean=1.234, longest=56.78))
    pictures = path.parent.with_name("flow_viz_T")
    pictures.mkdir()
    (pictures / "0001.png").touch()
    peak = peak_memory(MEASURE.format(root=str(root)))
    assert b'"frames":' in (root / "report.html").read_bytes()  # of the player
    return peak


def test_long_sequence_takes_little_memory(tmp_path: Path) -> None:
    """At most 150 bytes a frame, where there are pictures to be played too."""
    few, many = 1_000, 100_000
    growth = peak(tmp_path / "many", many) - peak(tmp_path / "few", few)
    assert growth / (many - few) <= 150
