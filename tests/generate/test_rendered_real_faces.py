"""Rendered from real faces: the flow explains the images, whoever lends whom an expression."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import Faces
from generation import generate

import faceflow as ff
from faceflow.truth.photometric import face_region, photometric_error
from faceflow.truth.render_options import RenderOptions

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")
MOST = 0.6  # grey levels: what interpolation alone costs
FACE = 68

pytestmark = pytest.mark.skipif(not REAL.images.is_dir(), reason=f"no real faces in {REAL.images}")


def errors(dataset: Path) -> dict[str, float]:
    """The mean photometric error of each sequence's pairs."""
    found: dict[str, list[float]] = {}
    for sample in ff.open_dataset(dataset):
        assert sample.valid.all()
        region = face_region(sample.landmarks[0, :FACE], sample.valid.shape)
        error = photometric_error(*sample.frames, sample.flow, region)
        found.setdefault(f"{sample.names.subject}/{sample.names.sequence}", []).append(error)
    return {name: float(np.mean(values)) for name, values in found.items()}


@pytest.mark.parametrize("stride", [1, 5])
def test_flow_explains_rendered_frames(tmp_path: Path, stride: int) -> None:
    """Of all six sequences, neighbours and frames 5 apart, forward and backward."""
    made = {"image_format": "png", "stride": stride, "direction": "both", "workers": 2}
    totals = generate(REAL, tmp_path, rendering=RenderOptions("rendered"), **made)["totals"]
    assert totals["frames"] == {"ok": 260, "failed": 0, "skipped": 0}
    assert totals["pair_reasons"] == {}
    found = errors(tmp_path)
    assert len(found) == 6
    assert max(found.values()) <= MOST, found


def test_flow_explains_transferred_expressions(tmp_path: Path) -> None:
    """Drawn by lot, with head motion, at the usual size."""
    options = RenderOptions(
        "rendered", REAL.landmarks, head_motion="homography", count=6, seed=2, motion_scale=1.2
    )
    made = {"image_format": "png", "extend": "forehead", "workers": 2}
    generate(REAL, tmp_path, rendering=options, **made)
    found = errors(tmp_path)
    assert len(found) == 6
    assert max(found.values()) <= MOST, found
