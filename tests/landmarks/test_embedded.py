"""The embedded detector over whole sequences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dlib
import numpy as np
import pytest
from embedded_sequences import (
    PHOTOGRAPH,
    as_numbers,
    dlib_predictor,
    find,
    portrait,
    settled,
    write_frames,
)

from faceflow.errors import FrameError
from faceflow.landmarks.choose import MIN_CONFIDENCE
from faceflow.landmarks.detector import Detector, Wanted
from faceflow.landmarks.embedded import embedded_detector
from faceflow.opencv import cv2

BLANK = np.full((300, 320, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return embedded_detector()


def test_a_moving_face_is_found_in_every_frame_whoever_looks(
    detector: Detector, tmp_path: Path
) -> None:
    """The same faces to the last bit, for any number of workers and any order of sequences."""
    first = write_frames(tmp_path / "T1", map(portrait, range(70)))
    second = write_frames(tmp_path / "T2", map(portrait, range(100, 110)))
    found = find(detector, first, second)
    assert [len(faces) for faces in as_numbers(found)] == [1] * 80
    assert all(face.confidence > MIN_CONFIDENCE for faces in found for face in faces)
    assert all(face.landmarks.shape == (68, 2) for faces in found for face in faces)
    other = find(detector, second, first, workers=2)
    assert as_numbers(other[10:] + other[:10]) == as_numbers(found)


def test_landmarks_are_those_of_dlib_on_the_whole_image(detector: Detector, tmp_path: Path) -> None:
    """Within 1 px in the mean of what its own detector and predictor give, frame by frame."""
    images = [portrait(time, zoom=1.8, size=(480, 512)) for time in range(24)]
    found = find(detector, write_frames(tmp_path / "T1", images))
    whole, predictor = dlib.get_frontal_face_detector(), dlib_predictor()
    distances = []
    for image, (face,) in zip(images, found, strict=True):
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        points = [(p.x, p.y) for p in predictor(rgb, whole(rgb)[0]).parts()]
        distances.append(np.linalg.norm(face.landmarks - points, axis=1).mean())
    assert distances[0] < 0.5  # dlib's are rounded
    assert np.mean(distances) < 1


def test_a_face_that_was_lost_is_found_again(detector: Detector, tmp_path: Path) -> None:
    """Frames without a face have none, and the next one with a face has it, wherever it is."""
    away = np.roll(portrait(20), 60, axis=1)
    images = [portrait(0), portrait(1), BLANK, BLANK, away, portrait(5)]
    found = find(detector, write_frames(tmp_path / "T1", images))
    assert [len(faces) for faces in as_numbers(found)] == [1, 1, 0, 0, 1, 1]


def test_two_people_are_both_followed_and_never_swapped(detector: Detector, tmp_path: Path) -> None:
    """Each keeps his place among the faces of a frame, though they move towards each other."""
    images = [
        np.hstack([portrait(t, 2.0, (380, 330)), portrait(-t, 1.2, (380, 330))]) for t in range(30)
    ]
    found = find(detector, write_frames(tmp_path / "T1", images))
    assert {len(faces) for faces in found} == {2}
    centres = np.array([[face.landmarks.mean(axis=0) for face in faces] for faces in found])
    sizes = np.array([[np.ptp(face.landmarks[:, 0]) for face in faces] for faces in found])
    large = int(sizes[0].argmax())
    assert (centres[:, large, 0] < 330).all()
    assert (centres[:, 1 - large, 0] > 330).all()
    assert (sizes[:, large] > 1.3 * sizes[:, 1 - large]).all()


def test_an_unreadable_frame_is_as_if_it_were_not_there(detector: Detector, tmp_path: Path) -> None:
    """It says why, and the others have the faces that they have without it."""
    sequence = write_frames(tmp_path / "T1", map(portrait, range(9)))
    without = [n for n in range(9) if n != 4]
    others = with_frames(sequence, without)
    expected = as_numbers(find(detector, others))
    sequence.frames[4].image.write_bytes(b"no image")
    found = find(detector, sequence)
    assert isinstance(found[4], FrameError)
    assert found[4].reason == "unreadable_image"
    assert as_numbers([found[n] for n in without]) == expected


def with_frames(sequence: Wanted, numbers: list[int]) -> Wanted:
    """The sequence with these of its frames only."""
    images = tuple(sequence.folder.images[n] for n in numbers)
    return sequence._replace(
        folder=replace(sequence.folder, images=images),
        frames=tuple(sequence.frames[n] for n in numbers),
        missing=frozenset(range(len(numbers))),
    )


def test_frames_of_any_size_may_follow_each_other(detector: Detector, tmp_path: Path) -> None:
    """Sizes that change, large ones, grey ones, and those in which no face has room."""
    large = cv2.resize(portrait(0), (1600, 1500), interpolation=cv2.INTER_CUBIC)
    grey = cv2.cvtColor(portrait(3), cv2.COLOR_BGR2GRAY)
    one = np.zeros((1, 1, 3), np.uint8)
    images = [portrait(0), large, portrait(1)[:, 40:], one, portrait(2), BLANK[:30], grey]
    found = find(detector, write_frames(tmp_path / "T1", images))
    assert [len(faces) for faces in as_numbers(found)] == [1, 1, 1, 0, 1, 0, 1]


def test_a_small_face_in_a_large_image_is_found(detector: Detector, tmp_path: Path) -> None:
    """Large images are looked at reduced first, and whole where that shows nobody."""
    image = np.full((1300, 1200, 3), 90, np.uint8)
    image[600:900, 500:820] = portrait(0, zoom=1.0)
    (faces,) = find(detector, write_frames(tmp_path / "T1", [image]))
    (face,) = faces
    np.testing.assert_allclose(face.landmarks.mean(axis=0), [660, 750], atol=40)


def test_what_is_no_face_has_a_low_confidence(detector: Detector, tmp_path: Path) -> None:
    """A badge that looks a little like a face is under the threshold, other things are nothing."""
    badge, shuttle = np.ascontiguousarray(PHOTOGRAPH[250:]), PHOTOGRAPH[:, 290:]
    (seen,), nothing = find(detector, write_frames(tmp_path / "T1", [badge, shuttle]))
    assert seen.confidence < MIN_CONFIDENCE
    assert nothing == ()


def test_what_depends_on_a_missing_frame_is_done_with_it(
    detector: Detector, tmp_path: Path
) -> None:
    """Its 64 frames from their start, as in a run that knew nothing; no others."""
    sequence = write_frames(tmp_path / "T1", map(portrait, range(66)))
    expected = find(detector, sequence)
    found = settled(detector, [sequence._replace(missing=frozenset({65}))])
    assert [result.frame for result in found] == list(sequence.frames[64:])
    assert as_numbers([result.found for result in found]) == as_numbers(expected[64:])


def test_a_stopped_run_keeps_what_it_has_found(detector: Detector, tmp_path: Path) -> None:
    """And looks at nothing more."""
    sequence = write_frames(tmp_path / "T1", map(portrait, range(6)))
    asked = iter([False, False, True])
    found = settled(detector, [sequence], stopped=lambda: next(asked))
    assert [result.frame for result in found] == list(sequence.frames[:2])
    assert settled(detector, [sequence], stopped=lambda: True) == []


def test_it_says_which_dlib_it_is(detector: Detector) -> None:
    """For the dataset's record."""
    assert detector.versions() == {"dlib": dlib.__version__}


def test_a_frame_has_a_key_of_all_that_its_faces_depend_on(detector: Detector) -> None:
    """A changed frame changes its key and those after it in its 64 frames."""
    digests = [bytes([number]) * 32 for number in range(150)]
    keys = detector.keys(digests)
    assert len(set(keys)) == 150
    assert detector.keys(digests[:100]) == keys[:100]
    changed = detector.keys([*digests[:70], b"changed", *digests[71:]])
    assert [n for n in range(150) if changed[n] != keys[n]] == list(range(70, 128))
