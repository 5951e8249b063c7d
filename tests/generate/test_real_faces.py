"""Real faces, where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import Faces
from generation import generate

import faceflow as ff
from faceflow.flow.warp import warp

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    if not REAL.images.is_dir():
        pytest.skip(f"no real faces in {REAL.images}")
    output = tmp_path_factory.mktemp("real")
    return output, generate(REAL, output, size=(256, 192))


def test_every_frame_and_pair_of_real_faces_is_made(made: tuple[Path, dict]) -> None:
    """260 frames in 6 sequences, all of them good."""
    _, summary = made
    totals = summary["totals"]
    assert totals["sequences"] == 6
    assert totals["frames"] == {"ok": 260, "failed": 0, "skipped": 0}
    assert totals["pairs"] == {"ok": 254, "failed": 0, "skipped": 0}


def test_flow_of_a_moving_face_brings_its_frames_nearer(made: tuple[Path, dict]) -> None:
    """Pulled back by the flow, the second frames of F002 are closer to the first than before."""
    without, with_flow = [], []
    for sample in ff.open_dataset(made[0]):
        if sample.names.subject == "F002":
            first, second = sample.frames.astype(np.float32)
            inside = sample.valid
            without.append(np.abs(second - first)[inside].mean())
            with_flow.append(np.abs(warp(second, sample.flow) - first)[inside].mean())
    assert np.mean(with_flow) < 0.8 * np.mean(without)
