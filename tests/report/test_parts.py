"""What the page is made of: choices, counts, lists and marks."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceflow.dataset.choice import Foremost, lot
from faceflow.report.charts import face_chart, histogram_chart, number, ramp, round_length
from faceflow.report.histogram import EDGES, Histogram
from faceflow.report.motion import FaceMotion
from faceflow.report.players import name_ranges, step_runs

NAMES = st.lists(
    st.one_of(
        st.integers(0, 120).map("{:03}".format),
        st.integers(0, 120).map("f {}".format),
        st.sampled_from(["", "a", "7" * 30, "x%2", "é1", os.fsdecode(b"\xff9"), "two\n1"]),
    )
)


def unpacked(ranges: list[list[object]]) -> list[str]:
    """As the page's script does."""
    names = []
    for prefix, first, digits, many in ranges:
        numbers = [f"{int(str(first)) + i:0{digits}}" for i in range(int(str(many)))]
        names += [f"{prefix}{n}" for n in numbers] if digits else [str(prefix)]
    return [os.fsdecode(unquote_to_bytes(name)) for name in names]


@given(NAMES)
def test_ranges_give_the_names_back(names: list[str]) -> None:
    """Any names."""
    assert unpacked(name_ranges(names)) == names


@pytest.mark.parametrize("form", ["{:04}", "{}", "img 1.{:02}"])
def test_numbered_names_are_one_range(form: str) -> None:
    """However many there are."""
    assert len(name_ranges([form.format(i) for i in range(8, 5000)])) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5))))
def test_runs_give_the_pairs_back(steps: list[tuple[int, int]]) -> None:
    """Any pairs."""
    back = [(a + i * c, b + i * d) for a, b, c, d, many in step_runs(steps) for i in range(many)]
    assert back == steps


@given(st.lists(st.integers(0, 9)), st.integers(1, 5))
def test_foremost_are_the_first_of_the_largest(keys: list[int], most: int) -> None:
    """As sorting all of them would give."""
    foremost: Foremost[int] = Foremost(most)
    for place, key in enumerate(keys):
        foremost.offer(key, place)
    assert foremost.items() == sorted(range(len(keys)), key=lambda i: -keys[i])[:most]


def test_lots_are_drawn_evenly() -> None:
    """Of numbered names, a fair share comes from each half."""
    drawn = sorted(range(4000), key=lambda i: lot("F001", "T1", f"{i:04}", f"{i + 1:04}"))[:400]
    assert 160 < sum(i < 2000 for i in drawn) < 240


@given(st.lists(st.floats(0, 1e5), min_size=1))
def test_histogram_counts_every_length(values: list[float]) -> None:
    """Those beyond its ends in the end bins."""
    histogram = Histogram()
    for value in values:
        histogram.add(np.array([value]))
    inside = [min(max(value, EDGES[0]), EDGES[-1] * 0.999) for value in values]
    assert histogram.counts.tolist() == np.histogram(inside, EDGES)[0].tolist()
    assert histogram.number == len(values)
    assert histogram.largest == max(values)
    assert histogram.mean == pytest.approx(np.mean(values))


def test_quantiles_are_right_to_a_bin() -> None:
    """A bin is a third wide."""
    lengths = np.random.default_rng(0).lognormal(0, 1, 10000)
    histogram = Histogram()
    histogram.add(lengths)
    for share in (0.1, 0.5, 0.9, 0.99):
        assert histogram.quantile(share) == pytest.approx(np.quantile(lengths, share), rel=0.1)


@given(st.lists(st.floats(0, 1e5), min_size=1))
def test_bars_and_ticks_lie_within_the_chart(values: list[float]) -> None:
    """Whatever is in it."""
    histogram = Histogram()
    histogram.add(np.array(values))
    chart = histogram_chart(histogram, "pairs")
    assert chart is not None
    assert all(bar.x >= 0 and bar.x + bar.width <= 520 for bar in chart.bars)
    assert all(bar.y >= 0 and 0 < bar.height <= 132 for bar in chart.bars)
    assert all(-0.01 <= tick.x <= 520.01 for tick in chart.ticks)
    assert chart.ticks


def test_nothing_makes_no_chart() -> None:
    """The page says so instead."""
    assert histogram_chart(Histogram(), "pairs") is None
    assert face_chart(None) is None


def test_face_map_shows_where_it_moves_most() -> None:
    """The largest circle is there, its line in the motion's direction."""
    shape = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, 0.5]])
    moved = np.array([[0.0, 0.1], [0.0, 0.2], [0.0, -2.0]])
    chart = face_chart(FaceMotion(shape, np.abs(moved[:, 1]), moved, 7))
    assert chart is not None
    most = max(chart.dots, key=lambda dot: dot.radius)
    assert most.label.startswith("landmark 2: 2.00 px")
    assert most.arrow_x == most.x
    assert most.arrow_y < most.y
    assert most.colour == ramp(1)
    assert (chart.least, chart.most, chart.longest) == ("0.100", "2.00", "2.00")


def test_face_that_does_not_move_is_shown_all_the_same() -> None:
    """Without a division by nothing."""
    shape = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    chart = face_chart(FaceMotion(shape, np.zeros(3), np.zeros((3, 2)), 1))
    assert chart is not None
    assert {dot.radius for dot in chart.dots} == {2.5}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0999, "0.0999"), (9.999, "10.00"), (99.96, "100.0"), (12345, "12300")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    """At least, and no power of ten."""
    assert number(value) == text


@given(st.floats(1e-6, 1e6))
def test_round_lengths_are_the_next(value: float) -> None:
    """Not less, and no more than two and a half times as much."""
    assert value * (1 - 1e-6) <= round_length(value) <= 2.5 * value * (1 + 1e-6)
