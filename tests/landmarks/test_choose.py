"""The face that a sequence is about: one person, from the first frame to the last."""

from __future__ import annotations

import math

import numpy as np
import pytest
from faces import neutral_face
from hypothesis import given
from hypothesis import strategies as st

from faceflow.errors import FrameError
from faceflow.landmarks.choose import choose_faces
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
    choice = choose_faces([(face(0, 120),), (face(2, 120, 0.4), face(500))])[1]
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
    assert choose_faces(found)[1].error is error


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
