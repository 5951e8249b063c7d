"""The photometric error of real faces, beside figures measured by other code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import Faces

import faceflow as ff
from faceflow.images import read_image
from faceflow.methods.registry import find_estimator
from faceflow.truth.photometric import face_region, photometric_error

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")

MEASURED = {
    "F002/T1": {"zero": 4.82, "landmarks": 2.26, "dis": 1.50},
}
"""Mean over all pairs, at source size."""


@pytest.mark.parametrize("name", MEASURED)
def test_errors_of_real_sequences_are_those_measured_before(name: str) -> None:
    """To the second decimal: of no flow, of landmark flow and of DIS."""
    folder = REAL.images / name
    if not folder.is_dir():
        pytest.skip(f"no real faces in {folder}")
    stems = sorted(path.stem for path in folder.glob("*.jpg"))
    images = [read_image(folder / f"{stem}.jpg") for stem in stems]
    points = [REAL.points(stem, *name.split("/")) for stem in stems]
    triangles, size = ff.triangulate(points[0]), images[0].shape[:2]
    errors: dict[str, list[float]] = {method: [] for method in MEASURED[name]}
    for k in range(len(stems) - 1):
        region = face_region(points[k], size)
        for method, found in errors.items():
            if method == "landmarks":
                flow = ff.synthesize(points[k], points[k + 1], size, triangles)
            else:
                flow = find_estimator(method)(images[k][..., ::-1], images[k + 1][..., ::-1])
            found.append(photometric_error(images[k], images[k + 1], flow, region))
    means = {method: float(np.mean(found)) for method, found in errors.items()}
    assert means == pytest.approx(MEASURED[name], abs=0.006)
