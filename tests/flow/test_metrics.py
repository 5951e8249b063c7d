"""faceflow.endpoint_error and angular_error against one pixel at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import faceflow as ff
from faceflow.errors import ArrayError

METRICS = [ff.endpoint_error, ff.angular_error]


def naive_endpoint(p: np.ndarray, g: np.ndarray) -> float:
    return math.hypot(float(p[0]) - float(g[0]), float(p[1]) - float(g[1]))


def naive_angle(p: np.ndarray, g: np.ndarray) -> float:
    """Degrees between (u, v, 1) of both, by the lengths of sum and difference of unit vectors."""
    a, b = [np.array([*map(float, vector), 1.0]) for vector in (p, g)]
    a, b = a / math.hypot(*a), b / math.hypot(*b)
    return math.degrees(2 * math.atan2(math.hypot(*(a - b)), math.hypot(*(a + b))))


NAIVE = {ff.endpoint_error: naive_endpoint, ff.angular_error: naive_angle}

fields = arrays.arrays(
    np.float32, (3, 4, 2), elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
)
masks = arrays.arrays(np.bool_, (3, 4))


@pytest.mark.parametrize("metric", METRICS)
@given(pred=fields, gt=fields, valid=masks, unknown=masks)
def test_equals_naive_loop(metric: Callable, pred, gt, valid, unknown) -> None:
    """Mean and map over the pixels that are valid and whose truth is known."""
    gt = gt.copy()
    gt[unknown, 0] = np.nan
    expected = np.full((3, 4), np.nan)
    for place in np.argwhere(valid & ~unknown):
        expected[tuple(place)] = NAIVE[metric](pred[tuple(place)], gt[tuple(place)])
    found = metric(pred, gt, valid, per_pixel=True)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)
    mean = metric(pred, gt, valid)
    assert isinstance(mean, float)
    if (valid & ~unknown).any():
        assert mean == pytest.approx(np.nanmean(expected), rel=1e-9, abs=1e-6)
    else:
        assert math.isnan(mean)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1, 1e3, 1e9, 1e19])
def test_identical_fields_are_exactly_0(metric: Callable, scale: float) -> None:
    """A field has no error against itself, to the last bit, however long its vectors."""
    flow = (np.random.default_rng(22).normal(size=(50, 60, 2)) * scale).astype(np.float32)
    assert metric(flow, flow.copy()) == 0.0
    assert (metric(flow, flow.copy(), per_pixel=True) == 0.0).all()


@pytest.mark.parametrize("metric", METRICS)
def test_largest_float_is_exactly_0(metric: Callable) -> None:
    """The largest numbers of float32 do not overflow."""
    flow = np.full((2, 2, 2), np.finfo(np.float32).max, np.float32)
    assert metric(flow, flow) == 0.0


@pytest.mark.parametrize("metric", METRICS)
@given(pred=fields, gt=fields)
def test_symmetric(metric: Callable, pred: np.ndarray, gt: np.ndarray) -> None:
    """Exchanging the two changes nothing."""
    assert metric(pred, gt) == pytest.approx(metric(gt, pred), rel=1e-12)


@pytest.mark.parametrize(
    ("u", "v", "degrees"), [(1, 0, 45), (0, -1, 45), (math.sqrt(3), 0, 60), (1e-4, 0, 0.0057296)]
)
def test_known_angles(u: float, v: float, degrees: float) -> None:
    """Against a pixel that does not move, the angle is atan of the length; small ones are exact."""
    gt = np.zeros((2, 3, 2), np.float32)
    pred = gt + np.float32([u, v])
    assert ff.angular_error(pred, gt) == pytest.approx(degrees, rel=1e-5)


def test_opposite_vectors() -> None:
    """Long opposite vectors are nearly 180 degrees apart."""
    pred = np.full((2, 2, 2), 1e6, np.float32)
    assert ff.angular_error(pred, -pred) == pytest.approx(180, abs=1e-3)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("unknown", [np.nan, np.inf, -np.inf])
def test_unknown_truth_does_not_count(metric: Callable, unknown: float) -> None:
    """Truth that is NaN or inf in either component is left out, even where `valid` is True."""
    pred, gt = np.ones((2, 3, 2), np.float32), np.ones((2, 3, 2), np.float32)
    gt[0, 0, 0] = gt[1, 2, 1] = unknown
    pred[0, 0] = np.nan
    valid = np.ones((2, 3), bool)
    assert metric(pred, gt) == 0.0
    assert metric(pred, gt, valid) == 0.0
    found = np.isnan(metric(pred, gt, valid, per_pixel=True))
    np.testing.assert_array_equal(found, ~np.isfinite(gt).all(axis=-1))


@pytest.mark.parametrize("metric", METRICS)
def test_unknown_prediction_shows(metric: Callable) -> None:
    """A NaN predicted where a pixel counts makes the mean NaN, and only that pixel of the map."""
    pred, gt = np.zeros((2, 3, 2), np.float32), np.zeros((2, 3, 2), np.float32)
    pred[1, 1, 0] = np.nan
    assert math.isnan(metric(pred, gt))
    found = metric(pred, gt, per_pixel=True)
    assert np.argwhere(np.isnan(found)).tolist() == [[1, 1]]
    valid = np.ones((2, 3), bool)
    valid[1, 1] = False
    assert metric(pred, gt, valid) == 0.0


def test_infinite_prediction() -> None:
    """An infinite prediction is infinitely far and raises no warning; its angle may be NaN."""
    pred, gt = np.zeros((2, 3, 2), np.float32), np.zeros((2, 3, 2), np.float32)
    pred[1, 1, 0] = np.inf
    assert ff.endpoint_error(pred, gt) == math.inf
    angle = ff.angular_error(pred, gt)
    assert math.isnan(angle) or 0 <= angle <= 180


@pytest.mark.parametrize("metric", METRICS)
def test_nothing_counts(metric: Callable) -> None:
    """Where no pixel counts, the mean is NaN without a warning."""
    flow = np.zeros((2, 3, 2), np.float32)
    assert math.isnan(metric(flow, flow, np.zeros((2, 3), bool)))
    assert math.isnan(metric(flow, flow * np.nan))
    assert np.isnan(metric(flow, flow * np.nan, per_pixel=True)).all()


FLOW = np.zeros((4, 5, 2), np.float32)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((FLOW.astype(float), FLOW), r"pred is \(4, 5, 2\) float64, \(H, W, 2\) float32"),
        ((FLOW, FLOW[..., :1]), r"gt is \(4, 5, 1\) float32"),
        ((FLOW, FLOW[:0]), r"gt is \(0, 5, 2\) float32"),
        ((None, FLOW), "pred is a NoneType"),
        ((FLOW, FLOW[:3]), r"pred is \(4, 5, 2\) float32, gt \(3, 5, 2\) float32; one size"),
        ((FLOW, FLOW, np.ones((4, 5))), r"valid is \(4, 5\) float64, \(4, 5\) bool is taken"),
        ((FLOW, FLOW, np.ones((4, 5), np.uint8)), r"valid is \(4, 5\) uint8"),
        ((FLOW, FLOW, np.ones((5, 4), bool)), r"valid is \(5, 4\) bool"),
        ((FLOW, FLOW, [True]), "valid is list"),
    ],
)
def test_refused(metric: Callable, arguments: tuple[object, ...], message: str) -> None:
    """What is not taken is named."""
    with pytest.raises(ArrayError, match=message):
        metric(*arguments)
