"""What curves, arrows and error pictures show is what was counted."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceflow.report.arrows import arrows_path
from faceflow.report.curves import CURVES_SIZE, CurveChart, cumulative_curves, histogram_curves
from faceflow.report.errors import error_picture, error_ramp, ramp_image

EDGES = [0.0, *(2.0 ** np.arange(-6, 6.5, 0.5)).tolist()]
COUNTS = st.lists(st.integers(0, 10**9), min_size=len(EDGES) - 1, max_size=len(EDGES) - 1).filter(
    any
)
WIDTH, HEIGHT = CURVES_SIZE


def points_of(chart: CurveChart, place: int) -> np.ndarray:
    """A curve's points, (n, 2): to the right, and up as a share of the upright axis."""
    pairs = [point.split(",") for point in chart.curves[place].path.split()]
    x, y = np.array(pairs, float).T
    return np.stack([x, 1 - y / HEIGHT], axis=1)


@given(COUNTS, COUNTS)
def test_area_below_a_histogram_is_its_share_of_the_pixels(one: list[int], two: list[int]) -> None:
    """Of each method nearly all: the rest lies beyond the axis."""
    chart = histogram_curves(EDGES, {"one": one, "two": two}, "px")
    assert chart is not None
    top = float(chart.y[-1].label.removesuffix(" %")) / 100
    ticks = {float(tick.label): tick.x for tick in chart.x}
    (a, left), *_, (b, right) = ticks.items()
    doubling = (right - left) / np.log2(b / a)
    for place in (0, 1):
        x, height = points_of(chart, place).T
        area = float((np.diff(x) * height[1:]).sum()) * top / doubling
        assert 0.99 < area < 1.01
        assert height.max() <= 1


@given(COUNTS)
def test_cumulative_curve_passes_through_the_counts(counts: list[int]) -> None:
    """At every round number on the axis that is an edge."""
    chart = cumulative_curves(EDGES, {"one": counts}, "px")
    assert chart is not None
    x, share = points_of(chart, 0).T
    assert (np.diff(share) >= 0).all()
    for tick in chart.x:
        value = float(tick.label)
        if value in EDGES:
            wanted = sum(counts[: EDGES.index(value)]) / sum(counts)
            assert np.interp(tick.x, x, share) == pytest.approx(wanted, abs=2e-3)


def test_round_numbers_are_where_they_belong() -> None:
    """A doubling is as wide wherever it is; methods without pixels have no curve."""
    counts = [1] * (len(EDGES) - 1)
    chart = cumulative_curves(EDGES, {"one": counts, "none": [0] * len(counts)}, "px")
    assert chart is not None
    assert [curve.name for curve in chart.curves] == ["one"]
    places = {tick.label: tick.x for tick in chart.x}
    assert places["2"] - places["1"] == pytest.approx(places["20"] - places["10"])
    assert chart.summary == "Half of the pixels are within: one 0.854 px"
    assert cumulative_curves(EDGES, {"none": [0] * len(counts)}, "px") is None
    assert histogram_curves(EDGES, {}, "px") is None


def test_arrows_lead_where_the_flow_goes() -> None:
    """Each from its pixel, as long as its vector is in the scale; unknown vectors have none."""
    random = np.random.default_rng(3)
    flow = random.normal(0, 3, (120, 160, 2)).astype(np.float32)
    flow[:40] = np.nan
    flow[100:] = 0
    arrows = re.findall(r"M(\d+) (\d+)l([^z]*)z", arrows_path(flow, 6.0))
    assert len(arrows) > 60
    for x, y, outline in arrows:
        assert 40 <= int(y) < 100
        steps = np.array(re.findall(r"-?[0-9]*\.?[0-9]+", outline), float).reshape(7, 2)
        tip = steps[:4].sum(axis=0)
        vector = flow[int(y), int(x)] * 1.5 * 10 / 6
        assert np.abs(tip - vector).max() <= 0.11


def test_flow_of_any_size_has_arrows_inside() -> None:
    """Down to a single pixel, and none where all is unknown."""
    for size in [(1, 1), (1, 90), (90, 1), (7, 5)]:
        path = arrows_path(np.ones((*size, 2), np.float32), 1.0)
        tails = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)l", path)]
        assert tails
        assert all(x < size[1] and y < size[0] for x, y in tails)
    assert arrows_path(np.full((9, 9, 2), np.nan, np.float32), 1.0) == ""


def test_brighter_is_a_larger_error() -> None:
    """From no error, which is not black, to full; what is unknown is black."""
    errors = np.linspace(0, 2, 50)[None]
    picture = error_picture(errors, 2.0).astype(int)
    light = picture @ [0.0722, 0.7152, 0.2126]
    assert (np.diff(light[0]) > 0).all()
    assert picture[0, 0].sum() > 100
    assert (error_picture(errors + 2, 2.0) == picture[0, -1]).all()
    assert not error_picture(np.full((2, 3), np.nan), 2.0).any()
    ramp = ramp_image(50, 2)
    assert (np.abs(ramp - picture) <= 6).all()
    first, last = re.findall(r"#([0-9a-f]{6})", error_ramp())[::8]
    assert bytes.fromhex(first) == ramp[0, 0, ::-1].tobytes()
    assert bytes.fromhex(last) == ramp[0, -1, ::-1].tobytes()
