"""The mean face, and the triangles that it gives every subject."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from landmark_sets import face

import faceflow as ff
from faceflow.truth.extension import synthesize_true
from faceflow.truth.meanface import hairline, mean_face
from faceflow.truth.placement import Placement

pytestmark = pytest.mark.usefixtures("backend")

MIRRORED = np.array(
    [
        *(*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)),
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
        *(*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65),
    ]
)
"""What each point is in a mirror."""


def test_both_halves_are_alike() -> None:
    """In the order of points that iBUG's scheme has."""
    assert np.array_equal(mean_face()[MIRRORED] * [-1, 1], mean_face())
    assert np.array_equal(hairline()[::-1] * [-1, 1], hairline())


@pytest.mark.parametrize("border", [False, True])
@pytest.mark.parametrize("forehead", [False, True])
def test_triangles_do_not_depend_on_the_face(forehead: bool, border: bool) -> None:
    """Nor on the size of the image."""
    placement = Placement(forehead, border, mean=True)
    rng = np.random.default_rng(1)
    one, other = (
        placement.triangulate(placement.place(face(rng, size), size)) for size in ((9, 8), (50, 40))
    )
    assert np.array_equal(one, other)


def test_triangles_stay_what_they_are() -> None:
    """Datasets that were made with them must be comparable with those to come."""
    placement = Placement(forehead=True, border=True, mean=True)
    rows = placement.triangulate(placement.place(mean_face(), (9, 9)))
    digest = hashlib.sha256(rows.astype("<i4").tobytes()).hexdigest()
    assert digest.startswith("2ff174e3e4b4c3e4")


def test_of_a_folded_face_the_first_triangle_counts() -> None:
    """Each pixel has the flow of one triangle, be it turned over."""
    placement = Placement(mean=True)
    rng = np.random.default_rng(2)
    src = mean_face() * 0.2 + [20, 18] + rng.normal(size=(68, 2))
    dst = src + rng.normal(size=src.shape)
    rows = placement.triangulate(src)
    flow, valid = synthesize_true(src, dst, (50, 40), rows, None)
    seen = np.zeros((50, 40), bool)
    for row in rows:
        own, inside = ff.synthesize(src, dst, (50, 40), row[None], return_valid=True)
        first = inside & ~seen
        # A row alone may be written from another pixel on, which changes last places.
        assert np.abs(flow[first] - own[first]).max(initial=0) < 1e-4
        seen |= inside
    assert np.array_equal(seen, valid)
