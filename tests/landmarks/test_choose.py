"""The face that a sequence is about: one person, from the first frame to the last."""

from __future__ import annotations

import math

import numpy as np
import pytest
from faces import neutral_face
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from faceflow.errors import FrameError
from faceflow.landmarks.assignment import assign
from faceflow.landmarks.choose import _Tracker, choose_faces
from faceflow.landmarks.face import Face, Found


def face(x: float, size: float = 100.0, confidence: float | None = 0.98, y: float = 0.0) -> Face:
    """A face of some size around (x, y)."""
    return Face((neutral_face() - 0.5) * size + (x, y), confidence)


def centres(found: list[Found], **options: float) -> list[int | str]:
    """Where the chosen faces are, or why there is none."""
    return [
        choice.error.reason if choice.error else round(float(choice.face.landmarks[:, 0].mean()))
        for choice in choose_faces(found, **options)
        if choice.face is not None or choice.error is not None
    ]


def test_most_confident_face_is_taken() -> None:
    """Things that are no faces have less, however large they are."""
    assert centres([(face(0, 300, 0.75), face(500, 80, 0.98))]) == [500]


def test_largest_of_equally_confident_faces_is_taken() -> None:
    """Confidences that differ by a little say nothing about whom the recording is of."""
    assert centres([(face(0, 80, 0.98), face(500, 200, 0.92), face(900, 90, 0.98))]) == [500]


def test_people_never_swap() -> None:
    """Whoever is more confident, larger or listed first meanwhile."""
    found: list[Found] = [
        (face(0, 120, 0.98), face(500, 100, 0.98)),
        (face(501, 200, 0.98), face(3, 100, 0.80)),
        (face(6, 90, 0.75), face(502, 300, 0.98)),
    ]
    assert centres(found) == [0, 3, 6]


def test_a_person_who_is_away_is_not_replaced_by_another() -> None:
    """The frame has no face then, and the track goes on afterwards."""
    found: list[Found] = [
        (face(0, 120), face(500)),
        (face(501),),
        (),
        (face(502), face(4, 118)),
    ]
    assert centres(found) == [0, "no_face", "no_face", 4]


def test_lone_face_may_jump() -> None:
    """After a cut, or between frames far apart in time, it is the same recording's person."""
    assert centres([(face(0),), (face(400, 160),), (face(402, 160),)]) == [0, 400, 402]


def test_two_people_who_both_jump_stay_themselves() -> None:
    """The camera moved: the one on the left is still on the left."""
    found: list[Found] = [(face(0, 130), face(600)), (face(780), face(180, 130))]
    assert centres(found) == [0, 180]


def test_fast_motion_beside_somebody_who_sits_still_is_followed() -> None:
    """The other one is still where he was, so the face that moved is the one followed."""
    found: list[Found] = [(face(0, 120), face(900)), (face(900), face(150, 120))]
    assert centres(found) == [0, 150]


def test_what_is_under_the_confidence_is_named() -> None:
    """With its confidence, and never another person in its place."""
    _, choice = choose_faces([(face(0, 120),), (face(2, 120, 0.4), face(500))])
    assert choice.error is not None
    assert choice.error.reason == "low_confidence"
    assert choice.error.detail == "confidence 0.4 is under 0.725"
    assert choice.face is not None
    assert choice.face.confidence == 0.4


def test_false_face_at_the_start_is_not_followed() -> None:
    """Until a confident face comes, frames have a low confidence; then it is that one."""
    found: list[Found] = [(face(900, 50, 0.28),), (face(0), face(900, 50, 0.28)), (face(1),)]
    assert centres(found) == ["low_confidence", 0, 1]


@pytest.mark.parametrize(("confidence", "reason"), [(0.5, None), (0.499, "low_confidence")])
def test_minimum_confidence_is_included(confidence: float, reason: str | None) -> None:
    """A face that has just the minimum is used."""
    (choice,) = choose_faces([(face(0, confidence=confidence),)], 0.5)
    assert (choice.error.reason if choice.error else None) == reason


def test_faces_without_confidence_are_used() -> None:
    """Text files do not tell any."""
    assert centres([(face(7, confidence=None),)], min_confidence=1.0) == [7]


def test_errors_stay_and_the_track_goes_on() -> None:
    """A frame that could not be looked at keeps its own reason."""
    error = FrameError("openface_crash", "killed")
    found: list[Found] = [(face(0, 120), face(500)), error, (face(501, 200), face(2, 120))]
    assert centres(found) == [0, "openface_crash", 2]
    assert list(choose_faces(found))[1].error is error


def test_faces_of_no_extent_are_taken() -> None:
    """All points in one place: bad, but no reason to fall over."""
    point = Face(np.zeros((68, 2)), 0.98)
    assert centres([(point,), (point, face(300)), (face(300),)])[0] == 0


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.floats(-1e8, 1e8), st.floats(0, 1e4), st.none() | st.floats(0, 1, width=16)
            ),
            max_size=4,
        ),
        max_size=6,
    ),
    st.floats(0, 1),
)
def test_every_frame_gets_one_of_its_own_faces_or_a_reason(
    sizes: list[list[tuple[float, float, float | None]]], minimum: float
) -> None:
    """Whatever is found; a face that is used has the confidence that was asked for."""
    found: list[Found] = [tuple(face(x, size, c) for x, size, c in faces) for faces in sizes]
    for faces, choice in zip(found, choose_faces(found, minimum), strict=True):
        assert isinstance(faces, tuple)
        if choice.face is not None:
            assert any(choice.face is one for one in faces)
        if choice.error is None:
            assert choice.face is not None
            assert (1.0 if choice.face.confidence is None else choice.face.confidence) >= minimum
        else:
            assert choice.error.reason in ("no_face", "low_confidence")


@given(st.integers(2, 5), st.integers(0, 10**6))
def test_smooth_tracks_are_followed_in_any_order(people: int, seed: int) -> None:
    """Several people who move by less than half a face never swap, however they are listed."""
    random = np.random.default_rng(seed)
    places = np.arange(people) * 400.0
    sizes = random.uniform(80, 120, people)
    found: list[Found] = []
    for _ in range(6):
        places = places + random.uniform(-30, 30, people)
        row = [face(x, size) for x, size in zip(places.tolist(), sizes.tolist(), strict=True)]
        found.append(tuple(row[i] for i in random.permutation(people)))
    subject = int(np.argmax(sizes))
    for choice in choose_faces(found):
        assert choice.face is not None
        assert math.isclose(
            float(np.ptp(choice.face.landmarks[:, 0])), 0.88 * sizes[subject], rel_tol=0.3
        )
        assert abs(float(choice.face.landmarks[:, 0].mean()) - 400 * subject) < 200


SPURIOUS: dict[str, tuple[list[Found], list[int | str]]] = {
    "unsure where the face was": (
        [(face(0),), (face(30), face(5, 95, 0.1)), (face(35),), (face(36),)],
        [0, 30, 35, 36],
    ),
    "unsure away from it": (
        [(face(0),), (face(50), face(-5, 95, 0.1)), (face(60),), (face(70),)],
        [0, 50, 60, 70],
    ),
    "unsure behind a fast face": (
        [(face(0),), (face(70), face(5, 95, 0.1)), (face(85),), (face(90),)],
        [0, 70, 85, 90],
    ),
    "twice at first": ([(face(0), face(4, 92, 0.95)), (face(3, 92),), (face(3),)], [0, 3, 3]),
    "twice, the more confident smaller": ([(face(0, 100, 0.9), face(4, 95, 0.95))], [4]),
    "twice, as confident": ([(face(4, 95), face(0, 100))], [0]),
    "twice later": ([(face(0),), (face(8), face(2, 100, 0.9)), (face(10),)], [0, 8, 10]),
    "twice, further apart": (
        [(face(0),), (face(8), face(40)), (face(35),), (face(40),)],
        [0, 8, 35, 40],
    ),
    "a mouth": ([(face(0),), (face(0), face(10, 50, 0.8, 20)), (face(30, 95),)], [0, 0, 30]),
}


@pytest.mark.parametrize("case", SPURIOUS)
def test_spurious_faces_do_not_end_the_track(case: str) -> None:
    """One frame with a face too many leaves the following ones as they would be without it."""
    found, expected = SPURIOUS[case]
    assert centres(found) == expected


steps = st.lists(st.integers(-40, 40), min_size=1, max_size=12)


@given(steps, st.data())
def test_unsure_and_duplicate_faces_never_change_a_track(
    moves: list[int], data: st.DataObject
) -> None:
    """Whatever else a frame shows under the confidence, and however the face is repeated."""
    places = np.cumsum([0, *moves]).tolist()
    found: list[Found] = []
    for x in places:
        unsure = data.draw(st.lists(st.integers(-200, 200), max_size=3))
        row = [face(x), *(face(x + u, 100 - abs(u) % 30, 0.5) for u in unsure)]
        row += [face(x + d, 98, 0.9) for d in data.draw(st.lists(st.integers(-20, 20), max_size=2))]
        found.append(tuple(data.draw(st.permutations(row))))
    assert centres(found) == places


def test_unsure_face_keeps_its_place_against_a_newcomer() -> None:
    """Who turns away is still there; whoever appears beside them is somebody else."""
    found: list[Found] = [(face(0),), (face(2, 100, 0.4), face(200)), (face(3), face(203))]
    assert centres(found) == [0, "low_confidence", 3]


def test_face_is_found_again_where_an_unsure_track_left_it() -> None:
    """A tracker that slides off a face reports low confidences until it finds the face again."""
    lost: list[Found] = [(face(500), face(x, 120, 0.3)) for x in range(30, 400, 30)]
    found: list[Found] = [(face(0, 120), face(500)), *lost, (face(5, 120), face(500))]
    assert centres(found) == [0, *["low_confidence"] * len(lost), 5]


@pytest.mark.parametrize("step", [10, 30, 50, 70])
def test_somebody_may_walk_over_the_place_of_who_has_gone(step: int) -> None:
    """They have been there all the time, so they are not who was there earlier."""
    walk: list[Found] = [(face(x),) for x in range(500 - step, -400, -step)]
    found: list[Found] = [(face(0, 110), face(500)), *walk]
    assert centres(found) == [0, *["no_face"] * len(walk)]


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=40), st.integers(0, 100))
def test_nobody_becomes_who_has_gone(moves: list[int], start: int) -> None:
    """Wherever they walk, however long, and whoever was where before."""
    walk = (500 + start + np.cumsum(moves)).tolist()
    found: list[Found] = [(face(0, 110), face(500 + start)), *((face(x),) for x in walk)]
    assert centres(found)[1:] == ["no_face"] * len(walk)


@pytest.mark.parametrize("x", [135, 200])
def test_somebody_back_about_their_place_is_not_a_face_that_jumped(x: int) -> None:
    """Though they were not in the frame before."""
    found: list[Found] = [(face(0, 110), face(200)), (face(0, 110),), (face(x),), (face(0, 110),)]
    assert centres(found) == [0, 0, "no_face", 0]


def test_missed_frame_of_a_moving_face_does_not_end_its_track() -> None:
    """Beside somebody else it has moved on by two steps then."""
    found: list[Found] = [(face(0, 110), face(500)), (face(500),), (face(70, 110), face(500))]
    assert centres(found) == [0, "no_face", 70]


@pytest.mark.parametrize("people", [2, 3, 4])
@pytest.mark.parametrize("shift", [-70, -60, 30, 60, 70, 600])
def test_row_that_moves_together_stays_in_order(people: int, shift: int) -> None:
    """Though others come nearer to where each was than they do themselves."""
    row = [(110 * i, 104 if i == 0 else 100) for i in range(people)]
    found: list[Found] = [tuple(face(x + d, size) for x, size in row) for d in (0, shift)]
    assert centres(found) == [0, shift]


def test_zoomed_cut_keeps_the_arrangement() -> None:
    """Large moves, with people of different sizes: squares of moves do not depend on the shift."""
    found: list[Found] = [(face(0, 130), face(300)), (face(9300, 200), face(8700, 260))]
    assert centres(found) == [0, 8700]


def test_newcomer_is_not_who_left_while_the_other_stays() -> None:
    """Two steps to the side by everybody are less likely than one who sits still."""
    found: list[Found] = [(face(0, 110), face(200)), (face(198), face(320, 100)), (face(0, 110),)]
    assert centres(found)[:2] == [0, "no_face"]


def test_who_is_followed_is_never_forgotten() -> None:
    """Others may be seen for as long as they like."""
    others: list[Found] = [(face(500 + x % 7), face(10**4 * x)) for x in range(1, 400)]
    found: list[Found] = [(face(0, 110), face(500)), *others, (face(4, 110), face(500))]
    assert centres(found) == [0, *["no_face"] * len(others), 4]


def test_those_who_pass_by_are_forgotten() -> None:
    """So that the time of a frame does not grow with those before it."""
    tracker = _Tracker(0.5)
    for x in range(1, 1000):
        tracker.choose((face(0), face(1000 * x)))
    assert len(tracker.seen) < 110


def test_crowd_does_not_hide_the_face_followed() -> None:
    """Of a thousand faces those around it are looked at, wherever they are listed."""
    crowd = [face(1000.0 * (x % 40), y=1000.0 * (x // 40)) for x in range(1, 1000)]
    found: list[Found] = [(*crowd, face(0, 110)), (*crowd[500:], face(20, 110), *crowd[:500])]
    assert centres(found) == [0, 20]


@given(st.integers(1, 7), st.integers(0, 7), st.sampled_from([0.5, 1.5, 9.0]), st.integers(0, 9999))
def test_matches_have_the_least_total_cost(rows: int, columns: int, most: float, seed: int) -> None:
    """As scipy finds it; a row that is left alone costs what was said."""
    random = np.random.default_rng(seed)
    costs = np.round(random.uniform(0, 2, (rows, columns)), int(random.integers(1, 9)))
    costs[random.random(costs.shape) < 0.2] = np.inf
    matched = assign(costs, most)
    taken = matched[matched >= 0].tolist()
    assert len(set(taken)) == len(taken)
    total = sum(most if c < 0 else float(costs[r, c]) for r, c in enumerate(matched.tolist()))
    full = np.concatenate([np.minimum(costs, 1e3), np.full((rows, rows), most)], axis=1)
    assert math.isclose(total, full[linear_sum_assignment(full)].sum(), abs_tol=1e-9)
