"""Datasets to be damaged, and what a check says of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from generation import Quiet

from faceflow.dataset.check.run import Checked, CheckOptions, check_dataset


def checked(root: Path, sample: int = 0, workers: int = 1) -> Checked:
    """A check that keeps all it finds; each line of it is one, and printable."""
    result = check_dataset(root, CheckOptions(sample, workers), Quiet())
    for fault in (*result.findings.faults, *result.findings.extra):
        assert fault.line.isprintable(), fault
        assert len(fault.line) < 1000
    return result


def kinds(root: Path, sample: int = 0) -> dict[str, int]:
    """How many faults there are of each kind."""
    return dict(checked(root, sample).findings.kinds)


def follow_advice(root: Path, sample: int = 0) -> None:
    """Delete what a check has one delete."""
    for name in checked(root, sample).findings.delete:
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
