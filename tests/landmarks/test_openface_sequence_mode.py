"""OpenFace's tracker: whole sequences, rows counted, every frame with its faces or a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from landmarks.openface_build import Run, log, seen_faces, verdicts

from faceflow.errors import FrameError

FOUND = {f"{i:03}": "found" for i in range(1, 7)}
TIMEOUT_S = 2.0


def until(last: int, reason: str) -> dict[str, str]:
    """Frames 1 to `last` found, and the reason why the others were not."""
    return {stem: "found" if int(stem) <= last else reason for stem in FOUND}


@pytest.mark.parametrize(
    ("misdeed", "told"),
    [
        ("crash", until(2, "openface_crash")),
        ("crash untouched", until(2, "openface_crash")),
        ("unreadable", until(2, "openface_crash")),
        ("end", until(2, "openface_crash")),
        ("cut", until(2, "openface_crash")),
        ("lose", {**FOUND, "003": "openface_crash"}),
        ("damage", {**FOUND, "003": "openface_crash"}),
        ("hang", until(2, "openface_timeout")),
        ("hang with child", until(2, "openface_timeout")),
    ],
)
def test_rows_that_were_written_are_kept_and_the_others_have_a_reason(
    tmp_path: Path, misdeed: str, told: dict[str, str]
) -> None:
    """A tracker's row depends on the frames before it; those that never come are tried twice."""
    faces, build = seen_faces(tmp_path)
    build.misbehave(faces.image("003"), misdeed)
    run = Run(faces, build, "sequence", timeout=TIMEOUT_S)
    assert verdicts(run, run.find()) == told
    assert len(build.starts("FeatureExtraction")) == 2


def test_each_sequence_is_one_process(tmp_path: Path) -> None:
    """Whole, and in the order of its frames, whatever their names."""
    names = ["2", "10", "9", "1"]
    faces, build = seen_faces(tmp_path, frames=names, sequences=("T1", "T2", "T3"))
    run = Run(faces, build, "sequence")
    assert set(verdicts(run, run.find()).values()) == {"found"}
    assert len(build.starts()) == 3
    lines = log(run, "F001/T2").splitlines()[1:]
    assert [line.split(" is ")[1] for line in lines] == ["1.png", "2.png", "9.png", "10.png"]


def test_a_sequence_with_one_unknown_frame_is_tracked_as_a_whole(tmp_path: Path) -> None:
    """A track depends on where it began; only what was asked for is given."""
    faces, build = seen_faces(tmp_path)
    run = Run(faces, build, "sequence")
    found = run.find(missing=lambda image: image.stem == "004")
    assert verdicts(run, found) == {"004": "found"}
    assert log(run).count(".png is ") == 6


def test_frames_without_a_face_have_none(tmp_path: Path) -> None:
    """Rows of zeros are no faces."""
    faces, build = seen_faces(tmp_path)
    build.see(faces.image("001"), [])
    build.see(faces.image("006"), [])
    run = Run(faces, build, "sequence")
    found = run.find()
    assert verdicts(run, found) == FOUND
    assert found[faces.image("001")] == found[faces.image("006")] == ()


def test_frames_that_cannot_be_read_move_no_other(tmp_path: Path) -> None:
    """They are left out, and the rows of the others still go to the right frames."""
    faces, build = seen_faces(tmp_path)
    faces.image("001").write_bytes(b"no image")
    faces.image("004").write_bytes(b"")
    run = Run(faces, build, "sequence")
    told = {**FOUND, "001": "unreadable_image", "004": "unreadable_image"}
    assert verdicts(run, run.find()) == told
    assert len(build.starts()) == 1


def test_frames_that_cannot_be_read_are_told_once_where_all_is_tried_twice(tmp_path: Path) -> None:
    """Their reason is not that of the frames that OpenFace fails on."""
    faces, build = seen_faces(tmp_path)
    faces.image("001").write_bytes(b"no image")
    build.misbehave(faces.image("006"), "crash")
    run = Run(faces, build, "sequence")
    told = {**FOUND, "001": "unreadable_image", "006": "openface_crash"}
    assert verdicts(run, run.find()) == told


def test_where_only_unreadable_frames_are_unknown_nothing_is_tracked(tmp_path: Path) -> None:
    """As when the same command goes on after a run that was complete but for them."""
    faces, build = seen_faces(tmp_path)
    faces.image("004").write_bytes(b"")
    run = Run(faces, build, "sequence")
    found = run.find(missing=lambda image: image.stem == "004")
    assert verdicts(run, found) == {"004": "unreadable_image"}
    assert build.starts() == []


def test_rows_of_something_else_are_not_taken(tmp_path: Path) -> None:
    """A CSV of the sequence's name with more frames than were given is not of these frames."""
    faces, build = seen_faces(tmp_path, frames=2)
    row = "{},0,0.000,0.98,1,1,2,3,4,5,6\n"
    header = "frame,face_id,timestamp,confidence,success,x_0,x_1,x_2,y_0,y_1,y_2\n"
    stale = header + "".join(row.format(number) for number in range(1, 4))
    build.always(stale={"frames.csv": stale, "T1.csv": stale})
    run = Run(faces, build, "sequence")
    assert set(verdicts(run, run.find()).values()) == {"openface_crash"}


def test_why_a_frame_has_no_row_is_told(tmp_path: Path) -> None:
    """The frame, the program, how it ended and its last words."""
    faces, build = seen_faces(tmp_path)
    build.misbehave(faces.image("006"), "crash")
    error = Run(faces, build, "sequence").find()[faces.image("006")]
    assert isinstance(error, FrameError)
    assert error.detail == (
        "F001/T1/006.png: FeatureExtraction was killed by signal 11; it printed last: about to fail"
    )
