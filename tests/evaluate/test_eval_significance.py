"""Confidence by subject, and differences of two methods."""

from __future__ import annotations

import numpy as np
import pytest

from faceflow.evaluate.significance import confidence, difference
from faceflow.flow.score import COLUMNS, UNITS

EPE, PIXELS = COLUMNS.index("epe"), COLUMNS.index("pixels")


def sums_of(errors: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """(S, 9), of subjects with these mean errors and so many pixels."""
    sums = np.zeros((len(errors), len(COLUMNS)), object)
    sums[:, PIXELS] = pixels.tolist()
    sums[:, EPE] = [round(error * number * UNITS) for error, number in zip(errors, pixels)]  # noqa: B905
    return sums


def subjects(seed: int, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.gamma(4, 0.2, count), rng.integers(1000, 90_000, count)


def naive(errors: np.ndarray, pixels: np.ndarray, draws: int = 4000) -> tuple[float, float]:
    """The bootstrap, one draw at a time, with another generator."""
    rng = np.random.default_rng(77)
    found = []
    for _ in range(draws):
        drawn = rng.integers(0, len(errors), len(errors))
        found.append((errors[drawn] * pixels[drawn]).sum() / pixels[drawn].sum())
    return tuple(np.quantile(found, [0.025, 0.975]).tolist())  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(4))
def test_intervals_are_those_of_a_plain_bootstrap(seed: int) -> None:
    """Subjects drawn one by one, with all of their pixels."""
    errors, pixels = subjects(seed)
    found = confidence(sums_of(errors, pixels), "epe")
    low, high = naive(errors, pixels)
    assert found == pytest.approx([low, high], abs=0.1 * (high - low))


def test_the_interval_holds_the_figure_and_never_changes() -> None:
    """The same draws each time."""
    errors, pixels = subjects(1)
    sums = sums_of(errors, pixels)
    found = confidence(sums, "epe")
    assert found is not None
    assert found[0] < (errors * pixels).sum() / pixels.sum() < found[1]
    assert confidence(sums.copy(), "epe") == found


def test_methods_are_compared_subject_by_subject() -> None:
    """One that is better on each subject is better, however subjects differ from each other."""
    errors, pixels = subjects(2)
    worse, better = sums_of(errors, pixels), sums_of(0.95 * errors, pixels)
    found = difference(better, worse, "epe")
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.mean < found.high < 0
    one, other = confidence(better, "epe"), confidence(worse, "epe")
    assert one is not None
    assert other is not None
    assert one[1] > other[0]  # their own intervals tell nothing


def test_a_method_does_not_differ_from_itself() -> None:
    """Exactly 0."""
    sums = sums_of(*subjects(3))
    assert difference(sums, sums, "epe") == (0, 0, 0)


def test_one_subject_says_nothing_of_others() -> None:
    """There is a difference, but no interval."""
    sums = sums_of(np.array([1.0]), np.array([10]))
    assert confidence(sums, "epe") is None
    assert difference(2 * sums, sums, "epe") == (0, None, None)


def test_what_was_not_measured_has_no_interval() -> None:
    """No photometric error, no figure."""
    sums = sums_of(*subjects(4))
    assert confidence(sums, "photometric") is None
    assert difference(sums, sums, "photometric") is None
