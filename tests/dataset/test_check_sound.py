"""What faceflow makes is sound, whatever its options are."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from damage import checked, kinds
from faces import Faces, make_faces, write_image, write_points
from generation import generate, tree
from shard_samples import make_both

from faceflow.dataset.shards.pack import pack_files
from faceflow.dataset.shards.unpack import unpack_shards

OPTIONS = [
    {},
    {"flow_format": "kitti", "masks": True, "image_format": "png"},
    {"flow_format": "npz", "viz": "all", "direction": "both"},
    {"outside": "zero", "viz": "flow", "stride": 2},
    {"outside": "zero", "flow_format": "npz", "triangulation": "each"},
    {"outside": "zero", "flow_format": "kitti"},
    {"outside": "nan", "masks": True, "from_first": True, "direction": "backward"},
    {"from_first": True, "direction": "both", "viz": "mesh", "triangulation": "each"},
    {"size": (40, 60), "triangulation": "each", "direction": "both"},
    {"extend": "border", "viz": "all", "direction": "both"},
    {"extend": "border", "outside": "zero", "flow_format": "kitti", "from_first": True},
    {"extend": "border", "outside": "nan", "flow_format": "npz", "triangulation": "each"},
]


def awkward_faces(root: Path) -> Faces:
    """Two sequences, in which frames fail in every way that text files allow."""
    faces = make_faces(root, ("F001", "M 2"), frames=9)
    faces.image("002").write_bytes(b"")
    os.truncate(faces.image("004"), 100)
    write_image(faces.image("006"), np.zeros((10, 10, 3), np.uint8))
    faces.text("002", "M 2").unlink()
    faces.text("004", "M 2").write_text("no landmarks")
    write_points(faces.text("006", "M 2"), faces.points("006", "M 2")[:60])
    return faces


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_whatever_is_made_is_sound(tmp_path: Path, options: dict[str, object]) -> None:
    """As files, in shards, and back in files: failed frames are recorded, and no damage."""
    faces = awkward_faces(tmp_path)
    generate(faces, **options)
    before = tree(tmp_path)
    found = checked(faces.output, 1000)
    assert found.findings.kinds == {}
    assert found.advice == []
    assert found.findings.flows == found.totals.pairs["ok"] > 0
    assert tree(tmp_path) == before
    pack_files(faces.output, tmp_path / "shards", per_shard=4)
    assert kinds(tmp_path / "shards", 1000) == {}
    unpack_shards(tmp_path / "shards", tmp_path / "back")
    assert kinds(tmp_path / "back", 1000) == {}


def test_shards_of_unrounded_landmarks_are_compared_exactly(tmp_path: Path) -> None:
    """As a writer of shards has them."""
    faces = make_faces(tmp_path, frames=6)
    _, shards = make_both(faces)
    assert kinds(shards, 1000) == {}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("triangulation", ["first", "each"])
def test_rounded_landmarks_are_no_damage(tmp_path: Path, seed: int, triangulation: str) -> None:
    """Grids, whose corners lie on circles and pixels' centres, points in a row, folds."""
    choose = np.random.default_rng(seed)
    faces = make_faces(tmp_path, frames=4)
    grid = np.stack(np.meshgrid(np.arange(6) * 8.0, np.arange(7) * 9.0), axis=2).reshape(-1, 2)
    for number, frame in enumerate(("001", "002", "003", "004")):
        jitter = choose.normal(0, (0, 1e-4, 0.3, 6)[(seed + number) % 4], grid.shape)
        write_points(faces.text(frame), grid + jitter)
    generate(faces, triangulation=triangulation, direction="both", outside="zero")
    assert checked(faces.output, 100).findings.faults == []


def test_number_of_workers_makes_no_difference(tmp_path: Path) -> None:
    """The same is counted."""
    faces = awkward_faces(tmp_path)
    generate(faces, viz="all")
    one, many = checked(faces.output, 5, workers=1), checked(faces.output, 5, workers=4)
    assert one.as_json() == many.as_json()


def test_pictures_of_other_runs_are_no_matter(tmp_path: Path) -> None:
    """dataset.json tells which the last run drew, of some sequences perhaps."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"))
    generate(faces, viz="flow")
    generate(faces, viz="all", selection={"sequences": "T1"})
    assert kinds(faces.output) == {}
    generate(faces)
    assert kinds(faces.output) == {}
