"""faceflow.flow.score against one pixel at a time."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import faceflow as ff
from faceflow.errors import ArrayError
from faceflow.flow.score import CLASSES, COLUMNS, EDGES, REGIONS, UNITS, Score, score_flow

pytestmark = pytest.mark.usefixtures("backend")

SIZE = (3, 9)
fields = arrays.arrays(
    np.float32, (*SIZE, 2), elements=st.floats(-40, 40, width=32, allow_subnormal=False)
)
masks = arrays.arrays(np.bool_, SIZE)
regions = arrays.arrays(np.uint8, SIZE, elements=st.integers(0, REGIONS - 1))


def naive(pred, gt, counted, regions, difference, compared) -> dict[int, Counter[str]]:
    """The table, pixel by pixel, by the published definitions."""
    rows: dict[int, Counter[str]] = {row: Counter() for row in range(REGIONS + len(CLASSES))}
    for place in map(tuple, np.argwhere(counted | compared)):
        (pu, pv), (gu, gv) = pred[place].tolist(), gt[place].tolist()
        length = math.hypot(gu, gv)
        where = [int(regions[place])]
        if counted[place]:
            where.append(REGIONS + max(k for k, low in enumerate(CLASSES) if length >= low))
        for row in (rows[number] for number in where):
            if counted[place]:
                error = math.hypot(pu - gu, pv - gv)
                a, b = np.array([pu, pv, 1.0]), np.array([gu, gv, 1.0])
                angle = math.degrees(math.atan2(np.linalg.norm(np.cross(a, b)), a @ b))
                row["pixels"] += 1
                row["epe"] += error
                row["aae"] += angle
                for limit in (1, 3, 5):
                    row[f"over_{limit}"] += error > limit
                row["fl"] += error > 3 and error > 0.05 * length
            if compared[place]:
                row["photometric"] += sum(difference[place].tolist())
                row["compared"] += 1
    return rows


@given(pred=fields, gt=fields, counted=masks, regions=regions, compared=masks, seed=st.integers(0))
def test_equals_a_plain_loop(pred, gt, counted, regions, compared, seed) -> None:
    """All sums by region and length, whatever lies where nothing counts."""
    difference = np.random.default_rng(seed % 2**32).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    expected = naive(pred, gt, counted, regions, difference, compared)
    pred, gt = pred.copy(), gt.copy()
    pred[~counted], gt[~counted] = np.nan, np.inf
    score = score_flow(pred, gt, counted, regions, difference, compared)
    rounding = 0.51 * math.prod(SIZE) / UNITS
    for number, row in expected.items():
        found = dict(zip(COLUMNS, score.table[number].tolist(), strict=True))
        for name in ("epe", "aae"):
            assert found.pop(name) / UNITS == pytest.approx(row.pop(name, 0), abs=rounding)
        assert found == {name: row[name] for name in found}
        assert score.endpoints[number].sum() == row["pixels"]


@given(pred=fields, gt=fields)
def test_means_are_those_of_the_public_metrics(pred, gt) -> None:
    """Of the whole field."""
    total = score_flow(pred, gt, np.ones(SIZE, bool)).table[:REGIONS].sum(axis=0)
    pixels, epe, aae = total[:3].tolist()
    assert epe / pixels / UNITS == pytest.approx(ff.endpoint_error(pred, gt), abs=1e-6)
    assert aae / pixels / UNITS == pytest.approx(ff.angular_error(pred, gt), abs=1e-6)


@given(field=fields)
def test_identical_fields_have_no_error(field) -> None:
    """Exactly 0, and no NaN from a cosine that rounds to more than 1."""
    score = score_flow(field, field.copy(), np.ones(SIZE, bool))
    names = ("epe", "aae", "over_1", "over_3", "over_5", "fl")
    assert not any(score.table[:, COLUMNS.index(name)].any() for name in names)
    assert score.endpoints[:REGIONS, 0].sum() == score.angles[0] == math.prod(SIZE)


@given(pred=fields, gt=fields, counted=masks)
def test_every_error_is_in_its_bin(pred, gt, counted) -> None:
    """Counts are those that numpy makes of the errors' map, with the same edges."""
    score = score_flow(pred, gt, counted)
    errors = ff.endpoint_error(pred, gt, counted, per_pixel=True)
    known = errors[np.isfinite(errors)]
    places = np.where(known == 0, 0, np.searchsorted(EDGES[1:], known, side="right"))
    counts = np.bincount(places, minlength=len(EDGES) - 1)
    np.testing.assert_array_equal(score.endpoints[:REGIONS].sum(axis=0), counts)


@given(pred=fields, gt=fields, counted=masks, half=masks)
def test_scores_of_parts_add_up(pred, gt, counted, half) -> None:
    """To the same bits, in whatever order: sums are of whole numbers."""
    whole = score_flow(pred, gt, counted)
    parts = [score_flow(pred, gt, counted & half), score_flow(pred, gt, counted & ~half)]
    for all_of_it, *each in zip(whole, *parts, strict=True):
        np.testing.assert_array_equal(all_of_it, sum(each))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 3e4])
def test_opposite_vectors_are_half_a_turn_apart_at_most(scale: float) -> None:
    """Angles beyond a right one, for lengths of all sizes."""
    rng = np.random.default_rng(3)
    gt = (rng.normal(size=(40, 50, 2)) * scale / 4).astype(np.float32)
    score = score_flow(-gt, gt, np.ones((40, 50), bool))
    aae = score.table[0, COLUMNS.index("aae")] / UNITS / 2000
    assert aae == pytest.approx(ff.angular_error(-gt, gt), abs=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, 7e4, 1e10, -3e38])
@pytest.mark.parametrize("of", ["pred", "gt"])
def test_a_vector_that_is_none_is_refused_where_it_counts(value: float, of: str) -> None:
    """With its place; elsewhere anything may lie."""
    given_fields = {name: np.zeros((4, 6, 2), np.float32) for name in ("pred", "gt")}
    given_fields[of][2, 3, 1] = value
    counted = np.ones((4, 6), bool)
    with pytest.raises(ArrayError, match=rf"{of}\[2, 3\] is \(0, .* 1 of 24 vectors"):
        score_flow(**given_fields, counted=counted)
    counted[2, 3] = False
    assert score_flow(**given_fields, counted=counted).table[:REGIONS, 0].sum() == 23


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pred": np.zeros((3, 4, 2), np.float32)}, "one size is taken"),
        ({"counted": np.ones((4, 6), np.uint8)}, "valid is"),
        ({"regions": np.full((4, 6), 7, np.uint8)}, "regions has 7, numbers up to 6 are taken"),
        ({"regions": np.zeros((4, 6), int)}, r"regions is \(4, 6\) int64"),
        ({"difference": np.zeros((4, 6), np.uint8)}, r"difference is \(4, 6\) uint8"),
    ],
)
def test_wrong_arrays_are_refused(change: dict, message: str) -> None:
    """With what was given and what is taken."""
    arrays = {name: np.zeros((4, 6, 2), np.float32) for name in ("pred", "gt")}
    with pytest.raises(ArrayError, match=message):
        score_flow(**{**arrays, "counted": np.ones((4, 6), bool), **change})


def test_nothing_counts() -> None:
    """A mask that is empty has no error, and no warning."""
    nothing = np.full((4, 6, 2), np.nan, np.float32)
    score = score_flow(nothing, nothing, np.zeros((4, 6), bool))
    assert not any(array.any() for array in score)
    assert [array.shape for array in score] == [array.shape for array in Score.none()]
