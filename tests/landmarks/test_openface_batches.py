"""OpenFace's processes are few, and what each did can be read in a log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from faces import texture
from image_samples import encoded
from landmarks.openface_build import Run, log, matches, seen_faces, verdicts

from faceflow.landmarks.openface import images


def test_a_thousand_frames_take_at_most_five_processes(tmp_path: Path) -> None:
    """Also in sequences of 18 frames, as CK+ has them: batches span sequences."""
    sequences = tuple(f"T{i}" for i in range(56))
    faces, build = seen_faces(tmp_path, frames=18, sequences=sequences, size=(16, 12))
    run = Run(faces, build)
    found = run.find()
    assert len(found) == 1008
    assert all(matches(one, build.expected[path]) for path, one in found.items())
    assert len(build.starts()) <= 5


def test_a_batch_of_mostly_bad_frames_is_not_given_up(tmp_path: Path) -> None:
    """Three frames of four end the process: each good one still has its faces."""
    faces, build = seen_faces(tmp_path, frames=48, size=(16, 12))
    bad = {f"{i:03}" for i in range(1, 49) if i % 4 != 0}
    for stem in bad:
        build.misbehave(faces.image(stem), "crash")
    run = Run(faces, build)
    told = verdicts(run, run.find())
    assert {stem for stem, verdict in told.items() if verdict == "openface_crash"} == bad
    assert {verdict for stem, verdict in told.items() if stem not in bad} == {"found"}
    assert len(build.starts()) <= 2 * 48


def test_copies_take_no_more_room_than_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit goes to a process of its own; a frame that never fits goes alone."""
    faces, build = seen_faces(tmp_path, frames=12, suffix=".webp", size=(16, 12))
    large = faces.image("005")
    large.write_bytes(encoded(texture((64, 48), 5), ".webp"))
    build.see(large, [faces.points("005")])
    build.misbehave(faces.image("009"), "crash")
    monkeypatch.setattr(images, "ROOM", 3 * len(encoded(texture((16, 12), 1), ".bmp")))
    run = Run(faces, build)
    told = verdicts(run, run.find())
    assert {stem for stem, verdict in told.items() if verdict != "found"} == {"009"}
    given = given_at_once(run)
    assert ["005.webp"] in given
    assert max(map(len, given)) == 3


def test_an_openface_that_fails_on_every_copy_gives_each_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that it was never given."""
    faces, build = seen_faces(tmp_path, frames=150, suffix=".webp", size=(16, 12))
    build.misbehave("#1", "crash")
    monkeypatch.setattr(images, "ROOM", 5 * len(encoded(texture((16, 12), 1), ".bmp")))
    run = Run(faces, build)
    assert set(verdicts(run, run.find()).values()) == {"openface_crash"}
    assert len(build.starts()) < 60


def given_at_once(run: Run) -> list[list[str]]:
    """The frames that each process was given, from the log."""
    entries = re.split(r"^\d.*\n", log(run), flags=re.MULTILINE)[1:]
    return [re.findall(r"^  \d+\.bmp is (.*)$", entry, re.MULTILINE) for entry in entries]


@pytest.mark.parametrize("stem", ["001", "075", "150"])
def test_one_bad_frame_in_a_batch_costs_three_more_processes(tmp_path: Path, stem: str) -> None:
    """At most: itself alone, and what came after it, in two halves."""
    faces, build = seen_faces(tmp_path, frames=150, size=(16, 12))
    build.misbehave(faces.image(stem), "crash")
    run = Run(faces, build)
    told = verdicts(run, run.find())
    assert {name for name, verdict in told.items() if verdict != "found"} == {stem}
    assert len(build.starts()) <= 4


def test_an_openface_that_fails_on_every_frame_is_not_tried_on_each(tmp_path: Path) -> None:
    """It was built for another machine, say: every frame has the reason, after a few processes."""
    faces, build = seen_faces(tmp_path, frames=150, size=(16, 12))
    build.misbehave("#1", "crash")
    run = Run(faces, build)
    assert set(verdicts(run, run.find()).values()) == {"openface_crash"}
    assert len(build.starts()) < 60


def test_an_openface_that_prints_a_lot_or_is_slow_is_none_the_worse(tmp_path: Path) -> None:
    """The log keeps the last of what it printed, by whole lines."""
    faces, build = seen_faces(tmp_path)
    build.always(print=20_000)
    build.misbehave("#2", "slow")
    run = Run(faces, build)
    assert set(verdicts(run, run.find()).values()) == {"found"}
    printed = [line for line in log(run).splitlines() if line.startswith("  > ")]
    assert printed[-1] == "  > line 19999 of many that nobody reads"
    assert all(line.endswith(" of many that nobody reads") for line in printed)
    assert 60_000 < len("".join(printed)) < 80_000


def test_the_log_says_what_was_asked_and_how_it_ended(tmp_path: Path) -> None:
    """For each sequence its own frames, and the names that OpenFace had them under."""
    faces, build = seen_faces(tmp_path, frames=2, sequences=("T1", "T2"))
    build.misbehave(faces.image("001", sequence="T2"), "crash")
    run = Run(faces, build)
    run.find()
    first, second = log(run, "F001/T1"), log(run, "F001/T2")
    assert "bin/FaceLandmarkImg was killed by signal 11\n" in first
    assert "  000001.png is 001.png\n  000002.png is 002.png\n  > about to fail\n" in first
    assert "  000003.png is 001.png\n  000004.png is 002.png\n  > about to fail\n" in second
    assert second.count("bin/FaceLandmarkImg ") == len(build.starts())
    assert second.count("bin/FaceLandmarkImg ended with code 0\n") == 1
