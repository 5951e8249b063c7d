"""Training called from this process, on a dataset of made-up faces, with a tiny network."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from faces import make_faces
from generation import generate

import faceflow.learn.training
from faceflow.learn.training.history import TIMES
from faceflow.learn.training.options import TrainOptions

TINY = {"size": "64x64", "width": 0.05, "batch_size": 2, "epochs": 2}
WORDS = ["--size", "64x64", "--width", "0.05", "--batch-size", "2"]
"""The same for the command, but for the epochs."""


def make_dataset(root: Path, subjects: int = 3, **options: Any) -> Path:
    """Three subjects with five pairs each: one for each part."""
    names = [f"F{number:03}" for number in range(1, subjects + 1)]
    faces = make_faces(root, names, frames=6)
    generate(faces, **options)
    return faces.output


class Told:
    """Progress that remembers, and interrupts the run at a step if told to."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.stop_at = stop_at
        self.total = self.done = 0
        self.notes: list[str | None] = []

    def start(self, what: str, total: int) -> None:
        """Remember the total."""
        self.total += total

    def advance(self, done: int, failed: int, note: str | None = None) -> None:
        """Remember what was told."""
        self.done += done
        self.notes.append(note)
        if len(self.notes) == self.stop_at:
            raise KeyboardInterrupt


def train(
    data: Path, run: Path, *, overwrite: bool = False, told: Told | None = None, **options: Any
) -> dict[str, Any]:
    """Train a tiny network to the end; return the summary."""
    chosen = TrainOptions(data, run, **{**TINY, **options})
    return faceflow.learn.training.train(chosen, told, overwrite)


def history(run: Path) -> list[dict[str, str]]:
    """history.csv, but for the times."""
    with (run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [{name: text for name, text in row.items() if name not in TIMES} for row in rows]


def weights(run: Path) -> dict[str, np.ndarray]:
    """Weights, and the optimizer's state, of the last checkpoint, read without Keras."""
    return _arrays(run / "checkpoints" / "last.weights.h5")


def _arrays(source: Any) -> dict[str, np.ndarray]:
    arrays = {}

    def take(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and name != "faceflow_history":
            arrays[name] = item[()]

    with h5py.File(source) as file:
        file.visititems(take)
    return arrays


def model_weights(run: Path) -> dict[str, np.ndarray]:
    """Weights of the trained network, read without Keras."""
    with zipfile.ZipFile(run / "model.keras") as archive:
        return _arrays(io.BytesIO(archive.read("model.weights.h5")))


def same_run(one: Path, other: Path) -> bool:
    """Whether two runs have the same curve, weights and trained network, to the last bit."""
    return history(one) == history(other) and all(
        _same(read(one), read(other)) for read in (weights, model_weights)
    )


def _same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )
