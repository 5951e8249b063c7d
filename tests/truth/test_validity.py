"""Where a label is not true, beside a search through all triangles at each pixel."""

from __future__ import annotations

import numpy as np
import pytest
from faces import moving_face
from hypothesis import given
from hypothesis import strategies as st

import faceflow as ff
from faceflow.errors import ArrayError
from faceflow.truth.validity import hidden_pixels

SIZE = (36, 44)


def cross(a, b, c) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def held(point, corners) -> list[float] | None:
    """Barycentric coordinates of a point that is 0.001 px within the triangle, or None."""
    area = cross(*corners)
    if area == 0:
        return None
    shares = []
    for k in range(3):
        one, other = corners[(k + 1) % 3], corners[(k + 2) % 3]
        share = cross(one, other, point) / area
        if share * abs(area) / np.hypot(*(other - one)) < 1e-3:
            return None
        shares.append(share)
    return shares


def naive(src, dst, triangles, flow, valid) -> np.ndarray:
    """The definition, word for word."""
    turned = np.sign(sum(cross(*src[t]) for t in triangles)) or 1
    folded = [turned * cross(*src[t]) < 0 or turned * cross(*dst[t]) <= 0 for t in triangles]
    hidden = np.zeros(valid.shape, bool)
    in_folded = np.zeros(valid.shape, bool)
    if any(folded):
        in_folded = ff.synthesize(src, dst, SIZE, triangles[folded], return_valid=True)[1]
    for y, x in np.argwhere(valid):
        p = np.array([x, y], float)
        q = p + flow[y, x]
        hidden[y, x] = in_folded[y, x] or any(
            shares is not None and np.hypot(*(shares @ end[t] - there)) > 0.5
            for t in triangles
            for here, there, start, end in ((p, q, src, dst), (q, p, dst, src))
            if (shares := held(here, start[t])) is not None
        )
    return hidden


def check(src, dst, triangles) -> np.ndarray:
    flow, valid = ff.synthesize(src, dst, SIZE, triangles, return_valid=True)
    before = flow.copy()
    hidden = hidden_pixels(src, dst, triangles, flow, valid)
    np.testing.assert_array_equal(hidden, naive(src, dst, triangles, flow, valid))
    np.testing.assert_array_equal(flow, before)
    return hidden


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 2.0, 8.0, 20.0]), st.booleans())
def test_hidden_pixels_are_those_of_the_definition(seed: int, motion: float, old: bool) -> None:
    """Small motion and wild ones; triangles of the first frame, or of one before it."""
    rng = np.random.default_rng(seed)
    src = rng.uniform(0, 40, (9, 2))
    triangles = ff.triangulate(src)
    if old:
        src = src + rng.normal(0, motion / 2, src.shape)
    check(src, src + rng.normal(0, motion, src.shape), triangles)


def test_a_face_that_moves_as_one_hides_nothing() -> None:
    """Neither turned, nor grown, nor moved, however the triangles are ordered."""
    src = moving_face(SIZE)
    triangles = ff.triangulate(src)
    turn = np.array([[0.9, 0.3], [-0.3, 1.1]])
    for order in (triangles, triangles[::-1], triangles[:, ::-1]):
        flow, valid = ff.synthesize(src, src @ turn + 3, SIZE, order, return_valid=True)
        assert not hidden_pixels(src, src @ turn + 3, order, flow, valid).any()


def test_what_is_hidden_does_not_depend_on_the_order_of_triangles() -> None:
    """The flow does, where the face has folded; what is left out may not."""
    src, dst = moving_face(SIZE, 1), moving_face(SIZE, 2)
    dst[62, 1], dst[66, 1] = dst[66, 1] + 3, dst[62, 1] - 3
    triangles = ff.triangulate(src)
    results = []
    for order in (triangles, triangles[::-1]):
        flow, valid = ff.synthesize(src, dst, SIZE, order, return_valid=True)
        results.append(hidden_pixels(src, dst, order, flow, valid))
    assert results[0].any()
    np.testing.assert_array_equal(*results)


def test_crossing_lips_hide_the_mouth_and_what_lies_over_it() -> None:
    """A strip of three bands, the middle one turned over: it, and both that overlap, are out."""
    rows = [5.0, 15.0, 20.0, 30.0]
    src = np.array([[x, y] for y in rows for x in (5.0, 35.0)])
    dst = src.copy()
    dst[2:4, 1], dst[4:6, 1] = 22, 16  # the second row moves below the third
    triangles = ff.triangulate(src)
    hidden = check(src, dst, triangles)
    assert hidden[16:20, 6:34].all()  # between the lips, turned over
    assert hidden[13:15, 8:32].all()  # ends of the upper band, on the lower one
    assert not hidden[6:11, 6:34].any()
    assert not hidden[26:29, 6:34].any()


def test_an_outline_that_wraps_over_itself_is_seen() -> None:
    """No triangle is turned over, and yet two lie on one another."""
    # Three fans around the origin, at 0, 120 and 240 degrees, then opened to go round twice.
    turn = np.radians([0, 60, 120, 180, 240, 300])
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    src = np.vstack([18 + 6 * around, 18 + 16 * around])
    wound = np.stack([np.cos(1.45 * turn), np.sin(1.45 * turn)], axis=1)
    dst = np.vstack([18 + 6 * wound, 18 + 16 * wound])
    triangles = np.array(
        [t for k in range(5) for t in ((k, k + 1, k + 7), (k, k + 7, k + 6))], np.int32
    )
    hidden = check(src, dst, triangles)
    assert hidden.any()
    assert not hidden.all()


def test_wrong_arrays_are_refused() -> None:
    """With what was found."""
    src = moving_face(SIZE)
    triangles = ff.triangulate(src)
    flow, valid = ff.synthesize(src, src, SIZE, triangles, return_valid=True)
    with pytest.raises(ArrayError, match=r"src is \(68, 2\) float64, dst \(67, 2\)"):
        hidden_pixels(src, src[:67], triangles, flow, valid)
    with pytest.raises(ArrayError, match="valid is"):
        hidden_pixels(src, src, triangles, flow, valid[:9])
