"""What refining is worth on real faces: the targets that it has to reach."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from faces import Faces
from generation import generate

import faceflow as ff
from faceflow.images import read_image
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.methods.registry import find_estimator
from faceflow.truth.photometric import face_region, photometric_error
from faceflow.types import Landmarks

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")
SEQUENCES = ("F002/T1", "M001/T1", "M001/T2", "M002/T1", "M002/T2", "M004/T1")
_STILL = 1.5  # grey levels of no flow


class Measured(NamedTuple):
    """A sequence."""

    raw: Landmarks
    refined: Landmarks
    errors: dict[str, np.ndarray]
    """Of each pair, by what its flow is from."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measured]:
    """All sequences, all pairs, in their own size."""
    if not REAL.images.is_dir():
        pytest.skip(f"no real faces in {REAL.root}")
    output = tmp_path_factory.mktemp("refined")
    generate(REAL, output, refine="photometric", image_format="png", workers=2)
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(SEQUENCES, pool.map(partial(measure, output), SEQUENCES), strict=True))


def measure(output: Path, name: str) -> Measured:
    """A sequence's landmarks and errors."""
    stems = sorted(path.stem for path in (REAL.images / name).glob("*.jpg"))
    images = [read_image(REAL.images / name / f"{stem}.jpg") for stem in stems]
    raw = np.stack([REAL.points(stem, *name.split("/")) for stem in stems])
    used = [read_image_csv(output / name / f"{stem}.csv")[0].landmarks for stem in stems]
    refined, size = np.stack(used), images[0].shape[:2]
    errors: dict[str, list[float]] = {}
    for k in range(len(stems) - 1):
        pair, region = (images[k], images[k + 1]), face_region(raw[k], size)
        seen = [image[..., ::-1] for image in pair]
        flows = {m: find_estimator(m)(*seen) for m in ("zero", "farneback", "dis")}
        for label, points in (("raw", raw), ("refined", refined)):
            triangles = ff.triangulate(points[0])
            flows[label] = ff.synthesize(points[k], points[k + 1], size, triangles, fill=0)
        for label, flow in flows.items():
            errors.setdefault(label, []).append(photometric_error(*pair, flow, region))
    return Measured(raw, refined, {label: np.array(found) for label, found in errors.items()})


def means(measured: dict[str, Measured], label: str) -> np.ndarray:
    """Of each sequence."""
    return np.array([sequence.errors[label].mean() for sequence in measured.values()])


def test_refined_flow_explains_images_nearly_as_well_as_dis(measured: dict[str, Measured]) -> None:
    """The mean of six is at most 1.10 times that of DIS."""
    assert means(measured, "refined").mean() <= 1.10 * means(measured, "dis").mean()


def test_refined_flow_is_better_than_farneback_on_most(measured: dict[str, Measured]) -> None:
    """On four of six at least."""
    assert (means(measured, "refined") < means(measured, "farneback")).sum() >= 4


def test_refined_flow_is_nowhere_worse_than_none_or_raw(measured: dict[str, Measured]) -> None:
    """As raw flow is than none on three of six."""
    assert (means(measured, "refined") < means(measured, "zero")).all()
    assert (means(measured, "refined") < means(measured, "raw")).all()


@pytest.mark.parametrize("name", ["M002/T1", "M002/T2"])
def test_still_faces_stand_still(measured: dict[str, Measured], name: str) -> None:
    """Second differences have a third of the deviation at most."""
    sequence = measured[name]
    still = sequence.errors["zero"] < _STILL
    both = still[1:] & still[:-1]
    refined, raw = (np.diff(p, 2, axis=0)[both].std() for p in (sequence.refined, sequence.raw))
    assert refined <= 0.35 * raw


def test_mouth_opens_as_far_as_it_was_seen_to(measured: dict[str, Measured]) -> None:
    """From a shout to closed lips and back, in the sequence whose lips are tracked throughout."""
    opening = [np.ptp(p[:, 66, 1] - p[:, 62, 1]) for p in measured["M001/T1"][:2]]
    assert opening[1] == pytest.approx(opening[0], rel=0.03)
