"""Placed points and the mean face's triangles on landmarks of real faces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import faceflow as ff
from faceflow.images import read_image
from faceflow.truth.extension import synthesize_true, true_triangles
from faceflow.truth.placement import Placement
from faceflow.types import Landmarks, Size

REAL = Path(__file__).parents[2].parent / "shared" / "faces"


@pytest.fixture(scope="module")
def sequences() -> list[tuple[Size, list[Landmarks]]]:
    """The size and the landmarks of every frame of each real sequence."""
    if not REAL.is_dir():
        pytest.skip(f"no real faces in {REAL}")
    return list(_read())


def _read() -> Iterator[tuple[Size, list[Landmarks]]]:
    for folder in sorted((REAL / "Landmarks").glob("*/*")):
        image = next((REAL / "Subjects" / folder.parent.name / folder.name).glob("*.jpg"))
        points = [np.loadtxt(path) for path in sorted(folder.glob("*_landmarks.txt"))]
        yield read_image(image).shape[:2], points


@pytest.mark.parametrize("mean", [False, True])
def test_what_fades_has_neither_gaps_nor_folds(
    sequences: list[tuple[Size, list[Landmarks]]], mean: bool
) -> None:
    """In every frame, with the triangles of the first or of the mean face."""
    placement = Placement(border=True, mean=mean)
    for size, frames in sequences:
        triangles = placement.triangulate(placement.place(frames[0], size))
        ring = triangles[len(true_triangles(triangles, 68)) :]
        for points in frames:
            placed = placement.place(points, size)
            flow, valid = synthesize_true(placed, placed, size, triangles, 68)
            assert np.isfinite(flow).all()
            turned = ring[_area(placed, ring) < 0]
            seen = ff.synthesize(placed, placed, size, turned, return_valid=True)[1]
            assert not (seen & ~valid).any()


def test_triangles_of_the_mean_face_fold_in_the_lips_alone(
    sequences: list[tuple[Size, list[Landmarks]]],
) -> None:
    """Inner lips cross in many frames, whatever the triangles."""
    triangles = Placement(mean=True).triangulate(sequences[0][1][0])
    lips = (triangles >= 48).all(axis=1)
    for _, frames in sequences:
        for points in frames:
            assert (_area(points, triangles[~lips]) > 0).all()


def test_foreheads_lie_over_the_brows(sequences: list[tuple[Size, list[Landmarks]]]) -> None:
    """The hull grows, and the hairline's middle is above both brows."""
    placement = Placement(forehead=True)
    for size, frames in sequences:
        for points in frames:
            placed = placement.place(points, size)
            assert placed[71, 1] < points[17:27, 1].min()
            triangles = placement.triangulate(placed)
            grown = np.abs(_area(placed, triangles)).sum()
            assert 1.1 < grown / np.abs(_area(points, ff.triangulate(points))).sum() < 1.7


def _area(points: Landmarks, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
