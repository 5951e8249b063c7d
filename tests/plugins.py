"""Estimators of another package, installed as pip would leave them: by an entry point."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from command import environment

# What is told in the documentation, with a network that finds nothing; and some that go wrong.
_CODE = """\
import time
from pathlib import Path

import numpy as np


def raft(path):
    if path is not None and not Path(path).exists():
        raise FileNotFoundError(f"no weights in {path}")

    def estimate(first, second):
        assert first.shape == second.shape and first.dtype == np.uint8
        return np.zeros((*first.shape[:2], 2), np.float32)

    return estimate


def pointed(path):
    def estimate(first, second, landmarks):
        motion = (landmarks[1] - landmarks[0]).mean(axis=0)
        return np.broadcast_to(motion.astype(np.float32), (*first.shape[:2], 2))

    return estimate


def slow(path):
    def estimate(first, second):
        with open(path, "ab") as calls:
            calls.write(b".")
        time.sleep(0.3)
        return np.ones((*first.shape[:2], 2), np.float32)

    return estimate


def picky(path):
    def estimate(first, second):
        if first.sum() % 2:
            raise RuntimeError("odd frames are\\nnot taken")
        return np.zeros((*first.shape[:2], 2), np.float32)

    return estimate


def wrong(path):
    return lambda first, second: np.zeros((2, *first.shape[:2]), np.float32)


def unknown(path):
    return lambda first, second: np.full((*first.shape[:2], 2), np.nan, np.float32)


def none(path):
    return None
"""

NAMES = ("raft", "pointed", "slow", "picky", "wrong", "unknown", "none")


def install_plugins(folder: Path) -> Path:
    """Install them in a folder, which is to be on the path."""
    info = folder / "other_flow-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "other_flow.py").write_text(_CODE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-flow\nVersion: 1.0\n")
    lines = ["[faceflow.estimators]", *(f"{name} = other_flow:{name}" for name in NAMES)]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


def with_plugins(folder: Path) -> dict[str, str]:
    """The environment of a command that finds them."""
    return {"PYTHONPATH": os.pathsep.join([str(folder), environment()["PYTHONPATH"]])}


def forget_plugins() -> None:
    """Have this process load them anew."""
    sys.modules.pop("other_flow", None)
