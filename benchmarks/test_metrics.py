"""All errors of a pair against numpy's sum over the same arrays, and its own way of measuring."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from face import face_pair, whole_frame_pair
from measure import KERNELS, Call, beside, use

import faceflow as ff
from faceflow.dataset.reader import Names, Sample
from faceflow.evaluate.measure import Subject
from faceflow.opencv import one_thread
from faceflow.types import Flow

PAIRS = {"face": face_pair, "whole frame": whole_frame_pair}


@pytest.fixture(params=list(PAIRS))
def measured(request: pytest.FixtureRequest) -> tuple[str, Subject, Flow]:
    """A pair of 512x384, its truth known in the face's hull or everywhere, and a prediction."""
    pair = PAIRS[request.param]()
    flow = pair.synthesize(pair.empty())
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (2, *flow.shape[:2], 3)).astype(np.uint8)
    landmarks = np.stack([pair.src[:68], pair.dst[:68]])
    names = Names("F001", "T1", "0001", "0002")
    sample = Sample(frames, flow, np.isfinite(flow[..., 0]), landmarks, names)
    noise = rng.normal(0, 0.5, flow.shape)
    return f"all errors of a pair, {request.param}", Subject.of(sample), _near(flow, noise)


def _near(flow: Flow, noise: Any) -> Flow:
    return (np.nan_to_num(flow) + noise).astype(np.float32)


def ours(subject: Subject, pred: Flow, backend: str) -> Call:
    """What an evaluation does for each method, the photometric error included."""

    def run() -> None:
        with one_thread():
            subject.score(pred)

    return Call(f"faceflow, {KERNELS[backend]}", run, backend)


def test_against_sum(benchmark: Any, measured: tuple[str, Subject, Flow], backend: str) -> None:
    what, subject, pred = measured
    sum_of_both = Call("numpy's sum", lambda: pred.sum() + subject.sample.flow.sum())
    call = ours(subject, pred, backend)
    beside(benchmark, what, call, sum_of_both, target=None, rounds=60, reference_calls=5)


def test_against_numpy(benchmark: Any, measured: tuple[str, Subject, Flow]) -> None:
    what, subject, pred = measured
    truth, valid = subject.sample.flow, subject.sample.valid

    def two_means() -> None:
        ff.endpoint_error(pred, truth, valid)
        ff.angular_error(pred, truth, valid)

    call = ours(subject, pred, "cpp")
    beside(benchmark, what, call, Call("EPE and AAE, numpy", two_means), target=None, rounds=30)


def test_the_figures_are_the_same(measured: tuple[str, Subject, Flow], backend: str) -> None:
    """What is timed is right."""
    _, subject, pred = measured
    use(backend)
    pixels, epe = subject.score(pred).table[:7, :2].sum(axis=0).tolist()
    sample = subject.sample
    expected = ff.endpoint_error(pred, sample.flow, sample.valid)
    assert epe / pixels / 2**20 == pytest.approx(expected, abs=1e-6)
