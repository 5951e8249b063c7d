"""Datasets made from videos are those made from folders of their frames."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from command import gen, start
from faces import SIZE, Faces, make_faces
from file_kinds import make_dangling_link
from generation import generate, record, rewritten, times, tree
from video_samples import H264, KINDS, Kind, as_videos, make_video, six_digits, write_video

from faceflow.images import read_image

MP4 = Kind(".mp4", "libx264", options=H264, size=SIZE)
AVI = Kind(".AVI", "mpeg4", b_frames=2, size=SIZE)
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "both ways": {"direction": "both", "viz": "all", "masks": True},
    "from the first": {"from_first": True, "direction": "both"},
    "every third": {"stride": 3, "viz": "mesh"},
}


@pytest.fixture(scope="module", params=[MP4, AVI], ids=["with times", "without times"])
def twins(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[Faces, Faces]:
    """Folders of images, and the same as videos: two sequences of three units each."""
    names = six_digits(70)
    root = tmp_path_factory.mktemp("faces")
    faces = make_faces(root, sequences=("T1", "T2"), frames=names)
    faces.text("000005").unlink()
    return faces, as_videos(faces, request.param)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_video_gives_what_a_folder_of_its_frames_gives(
    twins: tuple[Faces, Faces], tmp_path: Path, way: dict[str, Any]
) -> None:
    """Every file, byte for byte, whatever the number of workers."""
    faces, filmed = twins
    generate(faces, tmp_path / "images", **way)
    of_images = tree(tmp_path / "images")
    assert "F001/flow_T2/000070.jpg" in of_images
    for workers in (1, 2):
        generate(filmed, tmp_path / f"videos{workers}", workers=workers, **way)
        assert tree(tmp_path / f"videos{workers}") == of_images


def test_a_limit_cuts_a_video_as_it_cuts_a_folder(
    twins: tuple[Faces, Faces], tmp_path: Path
) -> None:
    """The rest is made by the next run."""
    faces, filmed = twins
    for source, name in ((faces, "images"), (filmed, "videos")):
        generate(source, tmp_path / name, selection={"limit": 80})
    assert tree(tmp_path / "videos") == tree(tmp_path / "images")
    generate(faces, tmp_path / "images")
    generate(filmed, tmp_path / "videos", workers=2)
    assert tree(tmp_path / "videos") == tree(tmp_path / "images")


def test_a_killed_run_goes_on(twins: tuple[Faces, Faces], tmp_path: Path) -> None:
    """To the same bytes."""
    _, filmed = twins
    words = [filmed.images, tmp_path / "killed", "--size", "source", "--viz", "all"]
    running = start("faceflow-gen", *words, "--workers", "2")
    while not list((tmp_path / "killed").glob("F001/flow_T1/00004*.flo")):
        assert running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.communicate()
    gen(filmed, "--viz", "all", output=tmp_path / "killed")
    gen(filmed, "--viz", "all", output=tmp_path / "whole")
    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")


def test_a_changed_video_is_made_anew(tmp_path: Path) -> None:
    """By its size or its time of change; the other one is left alone."""
    filmed = as_videos(make_faces(tmp_path, sequences=("T1", "T2"), frames=six_digits(12)), MP4)
    video = filmed.images / "F001" / "T1.mp4"
    generate(filmed)
    before = times(filmed.output)
    generate(filmed)
    assert rewritten(filmed, before) == set()
    os.utime(video, (1, 1))
    generate(filmed)
    assert {name.split("/")[1].removeprefix("flow_") for name in rewritten(filmed, before)} == {
        "T1"
    }
    images = [read_image(video / f"{number:06}.frame") for number in range(1, 9)]
    write_video(video, images, MP4)
    generate(filmed)
    generate(filmed, tmp_path / "clean")
    assert tree(filmed.output) == tree(tmp_path / "clean")
    assert len(record(filmed)["frames"]) == 8


def test_videos_that_cannot_be_opened_are_problems_and_the_others_go_on(tmp_path: Path) -> None:
    """In one line each, with exit code 1."""
    filmed = as_videos(make_faces(tmp_path, frames=six_digits(4)), MP4)
    folder = filmed.images / "F001"
    (folder / "T2.mkv").write_bytes(b"no video")
    make_dangling_link(folder / "T3.avi")
    ended = gen(filmed, "--json")
    assert ended.code == 1
    assert ended.err.splitlines() == [
        "F001/T2: T2.mkv cannot be read: Invalid data found when processing input",
        "F001/T3: T3.avi cannot be read: No such file or directory",
    ]
    assert (filmed.output / "F001" / "flow_T1" / "000003.flo").exists()


def test_frames_behind_a_cut_fail_with_their_reason(tmp_path: Path) -> None:
    """The pairs before it are made."""
    kind = Kind(".mp4", "libx264", options={**H264, "movflags": "faststart"}, size=SIZE)
    filmed = as_videos(make_faces(tmp_path, frames=six_digits(40)), kind)
    video = filmed.images / "F001" / "T1.mp4"
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    generate(filmed)
    frames = record(filmed)["frames"]
    good = [frame["status"] for frame in frames].index("failed")
    assert good > 5
    assert len(frames) == 40
    assert {frame["reason"] for frame in frames[good:]} == {"truncated_image"}
    assert frames[-1]["detail"] == (
        "F001/T1.mp4/000040.frame is cut short: the video ends before it"
    )
    assert len(list((filmed.output / "F001" / "flow_T1").glob("*.flo"))) == good - 1


def test_outputs_of_a_video_may_not_share_a_name_with_others(tmp_path: Path) -> None:
    """T1.mp4 and flow_T1.mp4 would write to one folder, whichever of them is asked for."""
    filmed = as_videos(make_faces(tmp_path, sequences=("T1", "flow_T1"), frames=six_digits(3)), MP4)
    ended = gen(filmed, "--sequences", "T1")
    assert ended.code == 1
    assert "output folder" in ended.complaint()


def test_dry_run_counts_frames_of_videos(tmp_path: Path) -> None:
    """Without decoding; nothing is written."""
    filmed = Faces(tmp_path)
    make_video(filmed.images / "F001", KINDS["VP9 in mkv"], frames=9)
    filmed.landmarks.mkdir()
    ended = gen(filmed, "--dry-run")
    assert ended.out == "'F001/T1': 9 frames, 8 pairs\n9 frames, 8 pairs; nothing was written\n"
    assert not filmed.output.exists()
