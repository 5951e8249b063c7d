"""faceflow-train at the least size: what the fast tier knows of training."""

from __future__ import annotations

import csv
from pathlib import Path

from command import run
from faces import make_faces
from generation import generate


def test_two_steps_give_a_network(tmp_path: Path) -> None:
    """Training leaves a validation error and a model to predict with."""
    faces = make_faces(tmp_path, ["A", "B", "C"], frames=3)
    generate(faces)
    words = ["--size", "64x64", "--width", 0.05, "--batch-size", 1, "--epochs", 1]
    ended = run("faceflow-train", faces.output, tmp_path / "run", *words, "--steps-per-epoch", 2)
    assert ended.code == 0, ended.err
    (row,) = csv.DictReader((tmp_path / "run" / "history.csv").read_text().splitlines())
    assert float(row["val_epe"]) > 0
    assert (tmp_path / "run" / "model.keras").is_file()
