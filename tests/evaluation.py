"""Datasets whose images show what their labels say, and evaluations called from this process."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from faces import Faces, make_faces, moving_face, texture, write_image, write_points
from generation import Quiet, generate

import faceflow as ff
from faceflow.dataset.reader import Names
from faceflow.evaluate.options import EvaluationOptions
from faceflow.evaluate.run import Evaluation
from faceflow.evaluate.write import write_results
from faceflow.flow.render import border_anchors, render
from faceflow.types import Size

SIZE: Size = (96, 80)


def make_dataset(
    root: Path,
    subjects: Sequence[str] = ("F001", "M002"),
    sequences: Sequence[str] = ("T1", "T2"),
    frames: int = 4,
    size: Size = SIZE,
    **options: Any,
) -> Faces:
    """Faces that sway and talk, each subject faster than the one before, and their flow."""
    faces = make_faces(root, subjects, sequences, frames, size=size)
    still = np.vstack([moving_face(size), border_anchors(size)])
    triangles = ff.triangulate(still)
    for k, subject in enumerate(subjects):
        for sequence in sequences:
            for number in range(frames):
                points, stem = still.copy(), f"{number + 1:03}"
                points[:68, 0] += (0.8 + 0.9 * k) * number
                points[48:68, 1] += 2 * math.sin(number)
                image = render(texture(size, k), still, points, size, triangles)
                write_image(faces.image(stem, subject, sequence), image)
                write_points(faces.text(stem, subject, sequence), points[:68])
    generate(faces, **{"image_format": "png", **options})
    return faces


def evaluate(
    data: Path,
    out: Path,
    *methods: str,
    workers: int = 1,
    wanted: Callable[[Names], bool] = lambda names: True,
    **options: Any,
) -> dict[str, Any]:
    """Compare methods as `faceflow-eval` does, on some pairs; what results.json holds."""
    evaluation = Evaluation(EvaluationOptions(data, methods, **options))
    evaluation.pairs = [pair for pair in evaluation.pairs if wanted(pair.names)]
    with evaluation.opened(out, overwrite=False) as state:
        evaluation.measure(state, Quiet(), workers)
        write_results(evaluation, state, out)
    results: dict[str, Any] = json.loads((out / "results.json").read_text())
    return results


def rows(out: Path) -> list[dict[str, str]]:
    """results.csv, a dict a row."""
    with (out / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def without_seconds(out: Path) -> tuple[Any, list[dict[str, str]]]:
    """Results that are to be the same whoever measured them, and whenever."""
    results = json.loads((out / "results.json").read_text())
    for result in results["results"].values():
        result.pop("seconds")
    return results, [{k: v for k, v in row.items() if k != "seconds"} for row in rows(out)]
