"""Figures from what was counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceflow.evaluate.stats import Stats, histogram, quantile
from faceflow.flow.score import EDGES, Score, score_flow

ERRORS = st.lists(st.floats(0, 6e4, width=32), min_size=1, max_size=60)


def counted(errors: list[float]) -> Score:
    """The score of a field with just these end-point errors."""
    pred = np.zeros((1, len(errors), 2), np.float32)
    pred[0, :, 0] = errors
    return score_flow(pred, np.zeros_like(pred), np.ones(pred.shape[:2], bool))


@given(errors=ERRORS, share=st.sampled_from([0.5, 0.9, 0.99]))
def test_percentiles_are_right_to_the_width_of_a_bin(errors: list[float], share: float) -> None:
    """The smallest error that a share of them do not pass, within 1/128 of it or 2^-10 px."""
    exact = float(np.quantile(np.float32(errors), share, method="inverted_cdf"))
    found = quantile(counted(errors).endpoints[0], share)
    assert found == pytest.approx(exact, rel=1 / 128, abs=2**-10)


@given(errors=ERRORS)
def test_a_chart_has_every_pixel_in_its_bin(errors: list[float]) -> None:
    """The bins of charts are those of numpy's histogram with the same edges."""
    chart = histogram(counted(errors).endpoints[0])
    expected = np.histogram(np.float32(errors).astype(float), chart["edges"])[0]
    assert chart["counts"] == expected.tolist()


def test_edges_of_charts_are_plain_numbers() -> None:
    """Eighths of powers of two, from 2^-10 to 2^16, beside 0."""
    edges = histogram(Score.none().angles)["edges"]
    assert edges[:2] == [0, 2**-10]
    assert edges[-1] == EDGES[-1] == 2**16
    place = edges.index(1.0)
    assert edges[place : place + 9] == [1, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 1.875, 2]


def test_figures_are_shares_and_means() -> None:
    """Percent, pixels, degrees; of ten pixels with errors 0, 2, 4 and 8 px."""
    score = counted([0.0] * 4 + [2.0] * 3 + [4.0] * 2 + [8.0])
    stats = Stats.of(score.table[0].tolist(), score.endpoints[0])
    assert (stats.pixels, stats.epe) == (10, 2.2)
    assert (stats.over_1, stats.over_3, stats.over_5, stats.fl) == (60, 30, 10, 30)
    assert stats.epe_median == pytest.approx(2, rel=0.01)
    assert stats.photometric is None


def test_nothing_has_no_figures() -> None:
    """None, which JSON has as null, and not 0 or NaN."""
    none = Score.none()
    fields = Stats.of(none.table[0].tolist(), none.endpoints[0]).as_json()
    assert fields.pop("pixels") == 0
    assert set(fields.values()) == {None}


def test_no_error_is_exactly_zero() -> None:
    """Percentiles, too."""
    score = counted([0.0] * 5)
    stats = Stats.of(score.table[0].tolist(), score.endpoints[0])
    assert (stats.epe, stats.epe_median, stats.epe_p99, stats.aae) == (0, 0, 0, 0)
