"""OpenFace's processes: none is left behind, and together they take no more than the cores."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faces import Faces
from landmarks.openface_build import Build, Run, seen_faces, verdicts
from mounts import small_disk

from faceflow.errors import ConfigError, DetectorError
from faceflow.landmarks.openface import SCRATCH, open_face

MODES = pytest.mark.parametrize("mode", ["image", "sequence"])


@MODES
def test_a_run_that_is_stopped_stops_openface_and_settles_nothing(
    tmp_path: Path, mode: str
) -> None:
    """The process and the child it started are gone at once, and so is the scratch folder."""
    faces, build = seen_faces(tmp_path)
    build.misbehave(faces.image("003"), "hang with child")
    run = Run(faces, build, mode, timeout=3600)
    (work,) = run.detector().works(run.wanted(lambda _: True), run.stop.is_set)
    (part,) = next(work)
    with ThreadPoolExecutor() as pool:
        future = pool.submit(part)
        while not build.starts("child"):
            assert not future.done()
            time.sleep(0.01)
        run.stop.set()
        assert future.result() == []
    assert run.remains() == []
    with pytest.raises(StopIteration) as end:
        work.send([future.result()])
    assert end.value.value == []


@MODES
def test_a_run_that_was_stopped_starts_nothing(tmp_path: Path, mode: str) -> None:
    """Parts that wait for their turn end without a process."""
    faces, build = seen_faces(tmp_path)
    run = Run(faces, build, mode)
    (work,) = run.detector().works(run.wanted(lambda _: True), run.stop.is_set)
    (part,) = next(work)
    run.stop.set()
    assert part() == []
    assert build.starts() == []
    assert run.remains() == []


@MODES
def test_what_openface_leaves_running_ends_with_it(tmp_path: Path, mode: str) -> None:
    """A child that outlives its parent, which itself ended well."""
    faces, build = seen_faces(tmp_path)
    build.always(stray=True)
    run = Run(faces, build, mode)
    assert set(verdicts(run, run.find()).values()) == {"found"}
    assert len(build.starts("child")) == 1


@MODES
def test_an_openface_that_goes_on_writing_has_its_time(tmp_path: Path, mode: str) -> None:
    """The time-out is for standing still, not for a batch: slow frames add up to more."""
    faces, build = seen_faces(tmp_path, frames=9)
    for stem in range(1, 10):
        build.misbehave(f"#{stem}", "slow")
    run = Run(faces, build, mode, timeout=1.5)
    assert set(verdicts(run, run.find()).values()) == {"found"}


@MODES
def test_an_openface_that_writes_for_ever_is_stopped_all_the_same(
    tmp_path: Path, mode: str
) -> None:
    """At the latest when each of its frames has had its time, and one more."""
    faces, build = seen_faces(tmp_path, frames=1)
    build.misbehave(faces.image("001"), "babble")
    run = Run(faces, build, mode, timeout=1.0)
    found = run.find()
    assert verdicts(run, found) == {"001": "openface_timeout"}
    assert "was stopped after 2 s in all" in str(found[faces.image("001")])


@MODES
def test_frames_reach_openface_on_another_disk_too(tmp_path: Path, mode: str) -> None:
    """Where the output is on a file system of its own, which hard links do not lead to."""
    faces, build = seen_faces(tmp_path)
    with small_disk(faces.output, 1024):
        run = Run(faces, build, mode)
        assert set(verdicts(run, run.find()).values()) == {"found"}


@MODES
def test_a_full_disk_ends_the_run_and_leaves_nothing(tmp_path: Path, mode: str) -> None:
    """As any other failure to write: no frame is blamed for it."""
    faces, build = seen_faces(tmp_path, suffix=".webp")
    with small_disk(faces.output, 16), pytest.raises(OSError, match="No space left"):
        Run(faces, build, mode).find()


@MODES
def test_remains_of_a_killed_run_are_taken_away(tmp_path: Path, mode: str) -> None:
    """Stale results in them do no harm."""
    faces, build = seen_faces(tmp_path)
    stale = faces.output / SCRATCH / "tmpabc" / "results" / "000001.csv"
    stale.parent.mkdir(parents=True)
    stale.write_text("face,confidence\n")
    run = Run(faces, build, mode)
    assert set(verdicts(run, run.find()).values()) == {"found"}


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity on this system")
@pytest.mark.parametrize("more", [0, 1])
def test_processes_share_the_cores(tmp_path: Path, more: int) -> None:
    """With as many workers as cores and one more: together they have all, each few threads."""
    allowed = os.sched_getaffinity(0)
    workers = len(allowed) + more
    sequences = tuple(f"T{i}" for i in range(2 * workers))
    faces, build = seen_faces(tmp_path, frames=1, sequences=sequences)
    Run(faces, build, "sequence", workers=workers).find()
    starts = build.starts()
    assert {core for start in starts for core in start["affinity"]} == allowed
    assert {len(start["affinity"]) for start in starts} == {1}
    assert {threads for start in starts for threads in start["threads"].values()} == {"1"}


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity on this system")
def test_our_own_threads_keep_their_cores(tmp_path: Path) -> None:
    """A thread is bound only for the moment in which it starts and awaits a process."""
    faces, build = seen_faces(tmp_path, frames=1)
    before = os.sched_getaffinity(0)
    run = Run(faces, build, workers=len(before))
    (work,) = run.detector().works(run.wanted(lambda _: True), run.stop.is_set)
    (part,) = next(work)
    assert len(part()) == 1
    assert os.sched_getaffinity(0) == before


def test_one_process_has_all_the_cores(tmp_path: Path) -> None:
    """With one worker; and the threads of this process keep theirs."""
    faces, build = seen_faces(tmp_path, frames=1)
    threads = threading.active_count()
    Run(faces, build, workers=1).find()
    (start,) = build.starts()
    cores = len(start["affinity"]) or os.cpu_count()
    assert set(start["threads"].values()) == {str(cores)}
    if hasattr(os, "sched_getaffinity"):
        assert set(start["affinity"]) == os.sched_getaffinity(0)
    assert threading.active_count() == threads


def refusal(faces: Faces, build: Build, mode: str = "image") -> str:
    """The error of a run that has nothing to run, checked to be of one line."""
    with pytest.raises(DetectorError) as caught:
        Run(faces, build, mode).find()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@MODES
def test_an_openface_without_models_is_found_out_soon(tmp_path: Path, mode: str) -> None:
    """One line with its own last words, after a few processes."""
    faces, build = seen_faces(tmp_path, frames=4, sequences=tuple(f"T{i}" for i in range(10)))
    build.always(refuse="Could not find the landmark detection model to load")
    message = refusal(faces, build, mode)
    assert "ended with code 1; it printed last: Could not find the landmark detection" in message
    assert "--openface" in message
    assert len(build.starts()) < 20


@pytest.mark.parametrize(
    ("content", "how"),
    [
        (b"#!/bin/sh\nexit 0\n", "ended with code 0 and left no result; is --openface a whole"),
        (b"\x7fELF of another machine", "could not be started: Exec format error"),
        (b"#!/no/such/shell\n", "could not be started: No such file or directory"),
    ],
)
def test_a_program_that_is_not_openface_is_found_out_soon(
    tmp_path: Path, content: bytes, how: str
) -> None:
    """Whatever it is: it gives nothing for any frame."""
    faces, build = seen_faces(tmp_path, frames=20)
    (build.root / "bin" / "FaceLandmarkImg").write_bytes(content)
    assert f"gives nothing for any frame (tried 10 times): FaceLandmarkImg {how}" in refusal(
        faces, build
    )


def test_a_run_of_two_frames_says_what_openface_said(tmp_path: Path) -> None:
    """Too few to blame the build: the frames have the reason."""
    faces, build = seen_faces(tmp_path, frames=2)
    build.always(refuse="Could not find CEN patch experts")
    run = Run(faces, build)
    found = run.find()
    assert set(verdicts(run, found).values()) == {"openface_crash"}
    assert "Could not find CEN patch experts" in str(found[faces.image("002")])


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda path: path.unlink(), "No such file or directory"),
        (lambda path: path.chmod(0o644), "it is not executable"),
        (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "Not a regular file"),
    ],
    ids=["missing", "not executable", "folder", "pipe"],
)
def test_a_build_without_its_program_is_refused(tmp_path: Path, damage, why: str) -> None:
    """One line that names the option, what was found and what is taken."""
    build = Build(tmp_path / "Open\nFace")
    damage(build.root / "bin" / "FaceLandmarkImg")
    with pytest.raises(ConfigError) as caught:
        open_face(build.root, "image", tmp_path, 1, None, 60.0)
    message = str(caught.value)
    assert message.startswith("--openface '")
    assert f"bin/FaceLandmarkImg cannot be used: {why}; the build folder" in message
    assert "\n" not in message
    open_face(build.root, "sequence", tmp_path, 1, None, 60.0)


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    """The error names those there are."""
    with pytest.raises(ConfigError, match="'video' is not taken: image, sequence are"):
        open_face(tmp_path, "video", tmp_path, 1, None, 60.0)
