"""OpenFace frame by frame: whatever it leaves undone, every frame has its faces or a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import moving_face
from landmarks.openface_build import Build, Run, log, matches, seen_faces, verdicts

from faceflow.errors import FrameError

FOUND = {f"{i:03}": "found" for i in range(1, 7)}
TIMEOUT_S = 2.0


@pytest.mark.parametrize(
    ("misdeed", "reason", "how"),
    [
        ("crash", "openface_crash", "was killed by signal 11; it printed last: about to fail"),
        ("crash untouched", "openface_crash", "was killed by signal 11"),
        ("unreadable", "openface_crash", "ended with code 1; it printed last: Could not open"),
        ("end", "openface_crash", "ended with code 0 and left no result"),
        ("lose", "openface_crash", "ended with code 0 and left no result"),
        ("cut", "openface_crash", "ended with code 0 and left no result"),
        ("crash between faces", "openface_crash", "was killed by signal 11"),
        ("hang", "openface_timeout", "was stopped after 2 s in which it wrote nothing"),
        ("hang with child", "openface_timeout", "was stopped after 2 s"),
    ],
)
def test_a_frame_that_openface_fails_on_costs_no_other(
    tmp_path: Path, misdeed: str, reason: str, how: str
) -> None:
    """It gets the reason and how the program ended; all others get their own faces."""
    faces, build = seen_faces(tmp_path)
    build.see(faces.image("003"), [faces.points("003"), moving_face(seed=99)])
    build.misbehave(faces.image("003"), misdeed)
    run = Run(faces, build, timeout=TIMEOUT_S)
    found = run.find()
    assert verdicts(run, found) == {**FOUND, "003": reason}
    error = found[faces.image("003")]
    assert isinstance(error, FrameError)
    assert error.detail.startswith(f"F001/T1/003.png: FaceLandmarkImg {how}")


@pytest.mark.parametrize("misdeed", ["crash", "crash untouched", "end", "lose", "cut"])
@pytest.mark.parametrize("number", [2, 3, 6])
def test_a_process_that_fails_after_some_frames_is_followed_by_others(
    tmp_path: Path, misdeed: str, number: int
) -> None:
    """No frame is lost to what is not its fault, as when OpenFace runs out of memory."""
    faces, build = seen_faces(tmp_path)
    build.misbehave(f"#{number}", misdeed)
    run = Run(faces, build)
    assert verdicts(run, run.find()) == FOUND


def test_several_bad_frames_leave_the_others_theirs(tmp_path: Path) -> None:
    """The first and the last frame, and two neighbours, in two sequences; two ways of failing."""
    faces, build = seen_faces(tmp_path, sequences=("T1", "T2"))
    bad = {("T1", "001"), ("T1", "006"), ("T2", "003"), ("T2", "004")}
    for sequence, stem in bad:
        misdeed = "crash" if sequence == "T1" else "lose"
        build.misbehave(faces.image(stem, sequence=sequence), misdeed)
    found = Run(faces, build).find()
    wrong = {p for p, one in found.items() if not matches(one, build.expected[p])}
    assert wrong == {faces.image(stem, sequence=sequence) for sequence, stem in bad}
    assert all(isinstance(found[p], FrameError) for p in wrong)


def test_faces_are_all_given_and_none_is_no_error(tmp_path: Path) -> None:
    """Three faces in the program's order; no face is an empty tuple, also in the last frame."""
    faces, build = seen_faces(tmp_path)
    three = [moving_face(seed=seed) for seed in (7, 8, 9)]
    build.see(faces.image("002"), three, confidence=0.9)
    build.see(faces.image("004"), [])
    build.see(faces.image("006"), [])
    run = Run(faces, build)
    found = run.find()
    assert verdicts(run, found) == FOUND
    assert [face.confidence for face in found[faces.image("002")]] == [0.9] * 3
    assert found[faces.image("004")] == found[faces.image("006")] == ()
    assert len(build.starts()) == 1


def test_no_face_in_the_last_frame_before_a_crash_is_looked_at_again(tmp_path: Path) -> None:
    """Details without a CSV are no proof where the program was cut off: here there is a face."""
    faces, build = seen_faces(tmp_path)
    build.misbehave("#3", "crash")
    build.see(faces.image("002"), [])
    run = Run(faces, build)
    found = run.find()
    assert verdicts(run, found) == FOUND
    assert len(found[faces.image("003")]) == 1


def test_files_that_are_not_of_the_batch_are_passed_over(tmp_path: Path) -> None:
    """CSVs of other names in the output folder give no frame another's landmarks."""
    faces, build = seen_faces(tmp_path)
    stale = "face,confidence,x_0,x_1,x_2,y_0,y_1,y_2\n0,0.9,1,2,3,4,5,6\n"
    build.always(stale={"000007.csv": stale, "001.csv": stale, "processed.csv": stale})
    build.misbehave(faces.image("005"), "lose")
    run = Run(faces, build)
    assert verdicts(run, run.find()) == {**FOUND, "005": "openface_crash"}


def test_frames_that_cannot_be_read_never_reach_openface(tmp_path: Path) -> None:
    """They have reasons of their own, and cost no process: OpenFace would stop at them."""
    faces, build = seen_faces(tmp_path)
    whole = faces.image("003").read_bytes()
    faces.image("003").write_bytes(whole[: len(whole) // 2])
    faces.image("006").write_bytes(b"no image")
    run = Run(faces, build)
    told = {**FOUND, "003": "truncated_image", "006": "unreadable_image"}
    assert verdicts(run, run.find()) == told
    assert len(build.starts()) == 1
    assert " is 003.png" not in log(run)


def test_only_unreadable_frames_need_no_openface(tmp_path: Path) -> None:
    """Nothing is started for them."""
    faces, build = seen_faces(tmp_path, frames=1)
    faces.image("001").write_bytes(b"")
    run = Run(faces, build)
    assert verdicts(run, run.find()) == {"001": "unreadable_image"}
    assert build.starts() == []


def test_only_what_is_missing_is_looked_at(tmp_path: Path) -> None:
    """Frames that are known are not given to OpenFace."""
    faces, build = seen_faces(tmp_path)
    run = Run(faces, build)
    found = run.find(missing=lambda image: image.stem in ("002", "005"))
    assert verdicts(run, found) == {"002": "found", "005": "found"}
    assert log(run).count(".png is ") == 2


def test_confidence_and_landmarks_are_what_openface_wrote(tmp_path: Path) -> None:
    """Three decimals and one."""
    faces, build = seen_faces(tmp_path, frames=1)
    build.see(faces.image("001"), [np.full((68, 2), 12.34)], confidence=0.983)
    ((face,),) = Run(faces, build).find().values()
    assert face.confidence == 0.983
    assert set(face.landmarks.ravel().tolist()) == {12.3}


def test_builds_of_different_folders_do_the_same(tmp_path: Path) -> None:
    """A build reached through a link, as by a package manager, is run by its real path."""
    faces, build = seen_faces(tmp_path)
    build.save()
    linked = Build(tmp_path / "linked")
    for name in ("FaceLandmarkImg", "FeatureExtraction"):
        (linked.root / "bin" / name).unlink()
        (linked.root / "bin" / name).symlink_to(build.root / "bin" / name)
    linked.expected = build.expected
    run = Run(faces, linked)
    assert verdicts(run, run.find()) == FOUND
    assert len(build.starts()) == 1
