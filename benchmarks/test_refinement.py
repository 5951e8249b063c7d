"""What refining landmarks costs, beside dense flow of the same pairs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from bulk_input import BulkInput, portrait_input, real_input
from measure import Call, at_most, beside
from refinement import RUN, refine

from faceflow.images import read_image
from faceflow.methods.registry import find_estimator
from faceflow.types import Image, Landmarks

FRAMES = RUN + 1
"""Of one run, which is measured at once."""


@pytest.fixture(params=["real recordings", "portraits of 1392x1040"])
def sequence(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, list[Image], Landmarks]:
    """A run of frames, (T, N, 2) their landmarks, and what they are called."""
    given = (
        real_input(tmp_path, 1)
        if request.param == "real recordings"
        else portrait_input(tmp_path, FRAMES, (1392, 1040), drawn=FRAMES)
    )
    if given is None:
        pytest.skip("no real faces at hand")
    return request.param, *read(given)


def read(given: BulkInput) -> tuple[list[Image], Landmarks]:
    """The first sequence."""
    folder = min(given.images.glob("*/*"))
    texts = given.landmarks / folder.parent.name / folder.name
    paths = sorted(folder.iterdir())[:FRAMES]
    points = [np.loadtxt(texts / f"{path.stem}_landmarks.txt") for path in paths]
    return [read_image(path) for path in paths], np.stack(points)


@pytest.mark.parametrize("dense", ["dis", "face"])
def test_beside_dense_flow(
    benchmark: Any, sequence: tuple[str, list[Image], Landmarks], dense: str
) -> None:
    name, images, raw = sequence
    estimate = find_estimator("dis")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    beside(
        benchmark,
        f"{len(images) - 1} pairs, {name}",
        Call(f"landmarks refined with {dense}", lambda: refine(images, raw, dense)),
        Call("DIS", lambda: [estimate(a, b) for a, b in pairwise(images)]),
        target=at_most(1.5) if dense == "dis" else None,
        rounds=7,
    )
    cv2.setNumThreads(threads)
