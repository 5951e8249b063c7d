"""Against flow that the reference system computed; its two files lie beside the repository."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import faceflow as ff

FOLDER = Path(__file__).parents[2] / "../shared/reference"
NAMES = ("M001_T1_pair1", "M004_T1_pair1")
EDGE = 2.0
"""Pixels. The reference system gives some pixels this close to an edge a neighbour's affine map."""

pytestmark = [
    pytest.mark.usefixtures("backend"),
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no folder {FOLDER}"),
]


class Pair(NamedTuple):
    landmarks: np.ndarray
    triangles: np.ndarray
    flow: np.ndarray


@pytest.fixture(scope="module", params=NAMES)
def pair(request: pytest.FixtureRequest) -> Pair:
    with np.load(FOLDER / f"{request.param}.npz") as arrays:
        return Pair(arrays["landmarks"], arrays["triangles"], arrays["flow"])


class Compared(NamedTuple):
    pixels: np.ndarray
    """(P, 2) x, y of those where both give a flow."""
    reference: np.ndarray
    """(P, 2)."""
    difference: np.ndarray
    """(P,) px."""


def compare(pair: Pair) -> Compared:
    flow, valid = ff.synthesize(
        *pair.landmarks, pair.flow.shape[:2], ff.triangulate(pair.landmarks[0]), return_valid=True
    )
    both = valid & ~np.isnan(pair.flow).any(axis=-1)
    y, x = np.nonzero(both)
    difference = np.linalg.norm(flow[both] - pair.flow[both], axis=-1)
    return Compared(np.column_stack([x, y]).astype(float), pair.flow[both], difference)


def edge_distance(pixels: np.ndarray, landmarks: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    nearest = np.full(len(pixels), np.inf)
    for a, b in {frozenset(e) for t in triangles.tolist() for e in (t[:2], t[1:], t[::2])}:
        start, along = landmarks[a], landmarks[b] - landmarks[a]
        place = np.clip((pixels - start) @ along / (along @ along), 0, 1)
        foot = start + place[:, None] * along
        nearest = np.minimum(nearest, np.linalg.norm(pixels - foot, axis=1))
    return nearest


def test_same_triangles(pair: Pair) -> None:
    """The triangles are the reference system's, in another order."""
    found = {frozenset(t) for t in ff.triangulate(pair.landmarks[0]).tolist()}
    assert found == {frozenset(t) for t in pair.triangles.tolist()}


def test_same_pixels_but_the_outline(pair: Pair) -> None:
    """Where one gives flow and the other none, the pixel lies at the outline."""
    triangles = ff.triangulate(pair.landmarks[0])
    _, valid = ff.synthesize(*pair.landmarks, pair.flow.shape[:2], triangles, return_valid=True)
    y, x = np.nonzero(valid != ~np.isnan(pair.flow).any(axis=-1))
    pixels = np.column_stack([x, y]).astype(float)
    assert len(pixels) < 0.02 * valid.sum()
    assert edge_distance(pixels, pair.landmarks[0], triangles).max() < EDGE


def test_mean_difference(pair: Pair) -> None:
    """Mean difference at most 0.02 px where both give a flow (found: 0.0007); largest 0.24 px."""
    compared = compare(pair)
    assert len(compared.pixels) > 17_000
    assert compared.difference.mean() <= 0.02
    assert np.median(compared.difference) < 1e-6
    assert compared.difference.max() < 0.24


def test_differences_lie_at_edges(pair: Pair) -> None:
    """Beyond 2 px from every triangle's edge the two agree to float32's last place."""
    compared = compare(pair)
    distance = edge_distance(compared.pixels, pair.landmarks[0], pair.triangles)
    assert (distance >= EDGE).mean() > 0.4
    assert compared.difference[distance >= EDGE].max() < 1e-6


def test_differences_are_a_neighbours_flow(pair: Pair) -> None:
    """Of the pixels that differ, three in four have another triangle's affine map in the reference,
    and the others come within 0.05 px of one: the crease is placed otherwise."""
    compared = compare(pair)
    differs = compared.difference > 1e-5
    first, second = pair.landmarks
    maps = [
        np.linalg.solve(np.column_stack([first[t], np.ones(3)]), (second - first)[t])
        for t in pair.triangles
    ]
    places = np.column_stack([compared.pixels[differs], np.ones(differs.sum())])
    distance = np.min(
        [np.linalg.norm(places @ m - compared.reference[differs], axis=1) for m in maps], axis=0
    )
    assert (distance < 1e-3).mean() > 0.75
    assert distance.max() < 0.05
