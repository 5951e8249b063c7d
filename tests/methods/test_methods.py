"""What takes two frames and gives a flow."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from faces import texture

import faceflow as ff
from faceflow.errors import ArrayError, ConfigError
from faceflow.methods.registry import ESTIMATORS, find_estimator
from faceflow.opencv import cv2, one_thread

SIZE = (96, 128)


def moved(u: float, v: float) -> tuple[np.ndarray, np.ndarray]:
    """Two frames, the second of which shows the first moved by (u, v)."""
    first = texture(SIZE, 3)
    back = np.full((*SIZE, 2), (-u, -v), np.float32)
    return first, ff.warp(first, back)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_gives_a_flow_of_the_frames_size(name: str) -> None:
    """(H, W, 2) float32, finite everywhere, and no frame is written to."""
    first, second = moved(2, 1)
    before = first.copy(), second.copy()
    flow = find_estimator(name)(first, second)
    assert (flow.shape, flow.dtype) == ((*SIZE, 2), np.float32)
    assert np.isfinite(flow).all()
    np.testing.assert_array_equal((first, second), before)


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "zero"])
@pytest.mark.parametrize(("u", "v"), [(2.0, 0.0), (0.0, -1.5), (1.25, 0.75)])
def test_flow_points_from_the_first_frame_to_the_second(name: str, u: float, v: float) -> None:
    """A picture moved by (u, v) has that flow, x first, but for its border; PCA-Flow is coarse."""
    flow = find_estimator(name)(*moved(u, v))
    middle = np.median(flow[16:-16, 16:-16], axis=(0, 1))
    np.testing.assert_allclose(middle, (u, v), atol=0.5 if name == "pcaflow" else 0.15)


def test_zero_is_no_motion() -> None:
    """What everything is to be better than."""
    assert not find_estimator("zero")(*moved(3, 3)).any()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_same_bits_whatever_number_of_threads_opencv_has(name: str) -> None:
    """DIS would share an image out among threads, each of which begins anew."""
    frames = moved(1.5, -2)
    flows = []
    before = cv2.getNumThreads()
    try:
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            flows.append(find_estimator(name)(*frames).tobytes())
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    assert flows[0] == flows[1]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_can_be_sent_to_another_process(name: str) -> None:
    """Parts of the work are pickled."""
    estimate = pickle.loads(pickle.dumps(find_estimator(name)))
    assert estimate(*moved(1, 0)).shape == (*SIZE, 2)


@pytest.mark.parametrize("name", ["farneback", "dis", "tvl1"])
def test_red_comes_first_in_a_frame(name: str) -> None:
    """What is as bright to the eye is what is followed: red counts for more than blue."""
    first, second = moved(1.5, 0)
    expected = estimated_in_grey(name, first[..., ::-1], second[..., ::-1])
    np.testing.assert_array_equal(find_estimator(name)(first, second), expected)


def estimated_in_grey(name: str, *bgr: np.ndarray) -> np.ndarray:
    """By OpenCV's own call, on frames as OpenCV reads them."""
    a, b = (cv2.cvtColor(np.ascontiguousarray(f), cv2.COLOR_BGR2GRAY) for f in bgr)
    with one_thread():
        if name == "farneback":
            return np.asarray(cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0))
        if name == "dis":
            search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
            return np.asarray(search.calc(a, b, None))
        return np.asarray(cv2.optflow.DualTVL1OpticalFlow.create().calc(a, b, None))


def test_another_name_is_refused() -> None:
    """The names that are taken are told."""
    with pytest.raises(
        ConfigError,
        match="'liteflow' is not taken: zero, farneback, dis, tvl1, pcaflow, deepflow, face are",
    ):
        find_estimator("liteflow")


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    ("second", "message"),
    [
        (np.zeros((9, 9, 3), np.uint8), "one size is taken"),
        (np.zeros(SIZE, np.uint8), "second is (96, 128) uint8"),
        (np.zeros((*SIZE, 3), np.float32), "second is (96, 128, 3) float32"),
        (None, "second is a NoneType"),
    ],
)
def test_what_is_no_pair_of_frames_is_refused(name: str, second: object, message: str) -> None:
    """With what was found and what is taken."""
    with pytest.raises(ArrayError) as caught:
        find_estimator(name)(np.zeros((*SIZE, 3), np.uint8), second)  # type: ignore[arg-type]
    assert message in str(caught.value)


@pytest.mark.parametrize(("name", "side"), [("dis", 4), ("pcaflow", 63)])
def test_frames_that_are_too_small_are_refused(name: str, side: int) -> None:
    """Not by an exception of OpenCV's, nor by memory that it spoils."""
    tiny = np.zeros((side, side, 3), np.uint8)
    with pytest.raises(ArrayError, match=rf"{name} takes no frames of \({side}, {side}, 3\) uint8"):
        find_estimator(name)(tiny, tiny)
