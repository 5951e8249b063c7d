"""report.html of a sequence of 100,000 frames."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fake_dataset import numbered_pairs, write_dataset_json, write_sequence
from fresh_python import run_python

# Not ru_maxrss: in a process just started, that is still the one of the process that started it.
MEASURE = """
import re
from pathlib import Path
from faceflow.report.page import write_report
write_report(Path({root!r}))
print(re.search(r"VmHWM:\\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""


def peak(root: Path, frames: int) -> int:
    """The most memory that a process takes to write the page, bytes."""
    write_dataset_json(root)
    path = write_sequence(root, "S", "T", numbered_pairs(frames - 1, mean=1.234, longest=56.78))
    pictures = path.parent.with_name("flow_viz_T")
    pictures.mkdir()
    (pictures / "0001.png").touch()
    done = run_python(MEASURE.format(root=str(root)))
    assert done.returncode == 0, done.stderr
    assert b'"frames":' in (root / "report.html").read_bytes()  # of the player
    return int(done.stdout) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_long_sequence_takes_little_memory(tmp_path: Path) -> None:
    """At most 150 bytes a frame, where there are pictures to be played too."""
    few, many = 1_000, 100_000
    growth = peak(tmp_path / "many", many) - peak(tmp_path / "few", few)
    assert growth / (many - few) <= 150
