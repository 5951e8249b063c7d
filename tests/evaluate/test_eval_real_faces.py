"""Photometric errors of real faces, beside figures measured by other code."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from evaluation import evaluate, rows
from faces import Faces
from generation import generate

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")

MEASURED = {
    "zero": (4.82, 2.20, 1.49, 1.05, 1.30, 2.14),
    "landmarks": (2.26, 2.08, 2.24, 1.44, 1.81, 1.69),
    "farneback": (2.61, 1.49, 1.11, 0.91, 1.07, 1.47),
    "dis": (1.50, 1.27, 1.02, 0.86, 1.03, 1.44),
    "tvl1": (1.54, 1.21, 0.97, 0.86, 1.00, 1.50),
}
"""Means of each sequence, F002/T1 to M004/T1, all pairs at source size; TV-L1's of every eighth."""

MEANS = {"zero": 2.17, "landmarks": 1.92, "farneback": 1.44, "dis": 1.18, "tvl1": 1.18}
"""Of the sequences."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw landmarks, all sequences."""
    if not REAL.images.is_dir():
        pytest.skip(f"no real faces in {REAL.images}")
    output = tmp_path_factory.mktemp("real")
    generate(REAL, output, image_format="png", workers=2)
    return output


def sequence_errors(out: Path, method: str) -> list[float]:
    """The mean of each sequence's pairs, from results.csv."""
    errors: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows(out):
        if row["method"] == method and row["region"] == "all":
            errors[row["subject"], row["sequence"]].append(float(row["photometric"]))
    return [float(np.mean(found)) for found in errors.values()]


def test_the_table_of_fast_methods(data: Path, tmp_path: Path) -> None:
    """Within 0.05 grey levels, sequence by sequence, all 254 pairs (half a minute of two cores)."""
    methods = ("zero", "landmarks", "farneback", "dis")
    evaluate(data, tmp_path, *methods, workers=2)
    for method in methods:
        errors = sequence_errors(tmp_path, method)
        assert errors == pytest.approx(MEASURED[method], abs=0.05)
        assert np.mean(errors) == pytest.approx(MEANS[method], abs=0.05)


def test_the_table_of_tv_l1(data: Path, tmp_path: Path) -> None:
    """Of every eighth pair, as it was measured then (a second of a core each)."""
    every = {f"{k:03}" for k in range(1, 60, 8)}
    evaluate(data, tmp_path, "tvl1", workers=2, wanted=lambda names: names.first in every)
    errors = sequence_errors(tmp_path, "tvl1")
    assert errors == pytest.approx(MEASURED["tvl1"], abs=0.05)
    assert np.mean(errors) == pytest.approx(MEANS["tvl1"], abs=0.05)
