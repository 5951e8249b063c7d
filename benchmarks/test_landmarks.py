"""The embedded detector against dlib at full size on every frame, and on two cores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from face_images import REAL, moving_sequence, real_sequences
from measure import Call, at_least, beside

from faceflow.execute.local import LocalExecutor
from faceflow.images import read_image
from faceflow.landmarks.detector import FrameFound, Wanted
from faceflow.landmarks.embedded.detector import EmbeddedDetector
from faceflow.landmarks.embedded.model import Model, load_model, model_path
from faceflow.types import Landmarks

FRAMES = 40
REAL_SEQUENCES = 6
WORKS = 4


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(autouse=True)
def _one_thread_each() -> Iterator[None]:
    """As in a run: the workers are what is parallel."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(threads)


@pytest.fixture(params=["astronaut in motion", "real recordings"])
def sequences(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, list[Wanted]]:
    """What is looked at, by its name."""
    if request.param == "astronaut in motion":
        return request.param, [moving_sequence(tmp_path / "T1", FRAMES)]
    real = real_sequences(REAL_SEQUENCES)
    if not real:
        pytest.skip(f"no real faces in {REAL}")
    return request.param, real


def test_against_full_size_on_every_frame(
    benchmark: Any, model: Model, sequences: tuple[str, list[Wanted]]
) -> None:
    name, wanted = sequences
    detector = EmbeddedDetector(model.name, lambda: model)
    beside(
        benchmark,
        f"landmarks of {sum(len(w.frames) for w in wanted)} frames, {name}",
        Call("dlib at full size", lambda: plain(model, wanted)),
        Call("faceflow, dlib", lambda: found(detector, wanted, 1)),
        target=at_least(2.5),
        rounds=3,
        apart_px=apart(plain(model, wanted), found(detector, wanted, 1)),
    )


def test_two_workers(benchmark: Any, model: Model, tmp_path: Path) -> None:
    wanted = [moving_sequence(tmp_path / f"T{number}", FRAMES) for number in range(WORKS)]
    detector = EmbeddedDetector(model.name, lambda: model)
    beside(
        benchmark,
        f"landmarks of {WORKS * FRAMES} frames, astronaut in motion",
        Call("faceflow, dlib, 1 worker", lambda: found(detector, wanted, 1)),
        Call("2 workers", lambda: found(detector, wanted, 2)),
        target=at_least(1.7),
        rounds=7,
    )


def plain(model: Model, sequences: list[Wanted]) -> dict[Path, Landmarks]:
    """What everybody writes: detector and predictor on each frame, the surest face."""
    detector = model.dlib.get_frontal_face_detector()
    predictor = model.dlib.shape_predictor(str(model_path()))
    landmarks = {}
    for sequence in sequences:
        for frame in sequence.frames:
            image = cv2.cvtColor(read_image(frame.image), cv2.COLOR_BGR2RGB)
            points = predictor(image, detector(image)[0]).parts()
            landmarks[frame.image] = np.array([(p.x, p.y) for p in points], np.float64)
    return landmarks


def found(
    detector: EmbeddedDetector, sequences: list[Wanted], workers: int
) -> dict[Path, Landmarks]:
    """Ours, on as many threads as there are workers."""
    settled: list[FrameFound] = []
    works = detector.works(sequences, lambda: False)
    assert not any(LocalExecutor(workers).run(works, settled.extend))
    return {result.frame.image: face.landmarks for result in settled for face in result.found}


def apart(a: dict[Path, Landmarks], b: dict[Path, Landmarks]) -> float:
    """Mean distance of the landmarks of the same frames, px."""
    assert a.keys() == b.keys()
    return float(np.mean([np.linalg.norm(a[key] - b[key], axis=1).mean() for key in a]))
