"""The colour picture of a flow field against the usual numpy implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from face import face_pair, whole_frame_pair
from measure import KERNELS, Call, at_least, at_most, beside
from peers import numpy_colours

import faceflow as ff
from faceflow.types import Flow

PAIRS = {"face": face_pair, "whole frame": whole_frame_pair}


@pytest.fixture(params=list(PAIRS))
def field(request: pytest.FixtureRequest) -> tuple[str, Flow]:
    """What the picture shows, and the flow: known in the face's hull only, or everywhere."""
    pair = PAIRS[request.param]()
    return f"colour picture, {request.param}", pair.synthesize(pair.empty())


def ours(flow: Flow, backend: str) -> Call:
    """The public call on this kernel."""
    picture = np.ones((*flow.shape[:2], 3), np.uint8)
    name = f"faceflow, {KERNELS[backend]}"
    return Call(name, lambda: ff.flow_to_image(flow, out=picture), backend)


def test_against_numpy(benchmark: Any, field: tuple[str, Flow], backend: str) -> None:
    what, flow = field
    assert_within_one_level(numpy_colours(flow), ff.flow_to_image(flow))
    beside(
        benchmark,
        what,
        Call("numpy", lambda: numpy_colours(flow)),
        ours(flow, backend),
        target=at_least(10) if backend == "cpp" else None,
        rounds=60,
        reference_calls=5,
    )


def test_numba_against_cpp(benchmark: Any, field: tuple[str, Flow]) -> None:
    what, flow = field
    subject, reference = ours(flow, "numba"), ours(flow, "cpp")
    beside(benchmark, what, subject, reference, target=at_most(1.5), rounds=500)


def assert_within_one_level(theirs: Any, picture: Any) -> None:
    assert np.abs(theirs.astype(int) - picture).max() <= 1
