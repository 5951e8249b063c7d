"""Time of the face network, beside DIS, which it contains."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
from measure import Call, at_most, beside

from faceflow.methods.registry import bind_landmarks, find_estimator

SIZE = (512, 384)
FACE = np.array([[112.0, 157], [271, 157], [271, 316], [112, 316]])
"""Corners of a face; with its margin the network sees 256x256."""

FIRST_PREDICTION = """
import numpy as np
import faceflow as ff
frame = np.random.default_rng(0).integers(0, 256, (512, 384, 3)).astype(np.uint8)
ff.estimate_flow(frame, np.roll(frame, 1, axis=1))
"""


@pytest.fixture
def frames() -> tuple[np.ndarray, np.ndarray]:
    """The astronaut in 512x384, who moves a little."""
    H, W = SIZE
    picture = np.ascontiguousarray(skimage.data.astronaut()[:, :W])
    moved = cv2.warpAffine(picture, np.float64([[1.01, 0.01, -2], [-0.01, 1.01, -1]]), (W, H))
    return picture, np.asarray(moved).astype(np.uint8)


@pytest.mark.parametrize(
    ("what", "landmarks", "most"),
    [("512x384, a face of 256x256", FACE, 3.5), ("512x384, the whole frame", None, 7.0)],
)
def test_beside_dis(
    benchmark: Any, frames: tuple, what: str, landmarks: np.ndarray | None, most: float
) -> None:
    dis = find_estimator("dis")
    face = bind_landmarks(find_estimator("face"), landmarks)
    beside(
        benchmark,
        what,
        Call("face network", lambda: face(*frames)),
        Call("DIS", lambda: dis(*frames)),
        target=at_most(most),
        rounds=40,
    )


def test_first_prediction(benchmark: Any) -> None:
    """Import and first prediction, beside Python's own start with numpy and OpenCV."""

    def start(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    beside(
        benchmark,
        "import and first prediction, a new process",
        Call("face network", lambda: start(FIRST_PREDICTION)),
        Call("import numpy, cv2", lambda: start("import numpy, cv2")),
        target=None,
        rounds=7,
    )
