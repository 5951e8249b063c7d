"""Finding sequences among what people have in their folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from file_kinds import make_dangling_link, reading_refused
from mounts import open_to_all
from video_samples import KINDS, make_video

from faceflow.errors import ConfigError
from faceflow.images import IMAGE_SUFFIXES
from faceflow.sequences import scan, sequence_names, stem


def put(root: Path, *paths: str) -> None:
    """Empty files and their folders."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def names(root: Path, **patterns: str) -> list[str]:
    return [folder.name for folder in scan(root, **patterns)]


def problem(root: Path, sequence: str) -> str | None:
    (found,) = (folder.problem for folder in scan(root) if folder.sequence == sequence)
    return found


def test_everything_is_in_natural_order(tmp_path: Path) -> None:
    """Frame 10 follows frame 2, and so do sequences and subjects, whatever the disk's order."""
    put(tmp_path, *(f"S{s}/T{t}/f{i}.jpg" for s in (10, 2) for t in (11, 3) for i in (10, 9, 1)))
    assert names(tmp_path) == ["S2/T3", "S2/T11", "S10/T3", "S10/T11"]
    assert all(folder.images == ("f1.jpg", "f9.jpg", "f10.jpg") for folder in scan(tmp_path))


@pytest.mark.parametrize("suffix", sorted(IMAGE_SUFFIXES))
def test_every_suffix_of_the_reference_system_is_an_image(tmp_path: Path, suffix: str) -> None:
    """Lower and upper case are both found."""
    put(tmp_path, f"S/T/a{suffix}", f"S/T/b{suffix.upper()}")
    assert scan(tmp_path)[0].stems == ["a", "b"]


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    """Notes, thumbnails of macOS and hidden folders make no frames and no sequences."""
    put(tmp_path, "S/T/1.jpg", "S/T/._1.jpg", "S/T/.jpg", "S/T/notes.txt", "S/T/jpg", "S/T/1.jpg~")
    put(tmp_path, "S/.hidden/1.jpg", ".hidden/T/1.jpg", "S/stray.jpg", "stray.jpg", "S/empty/x.txt")
    assert [(f.name, f.images) for f in scan(tmp_path)] == [("S/T", ("1.jpg",))]


def test_patterns_choose_subjects_and_sequences(tmp_path: Path) -> None:
    """Patterns take case as it is written, and match whole names."""
    put(tmp_path, *(f"{s}/{t}/1.jpg" for s in ("F001", "F002", "M001") for t in ("T1", "T2", "t1")))
    assert names(tmp_path, subjects="F*", sequences="T1") == ["F001/T1", "F002/T1"]
    assert names(tmp_path, subjects="[FM]001", sequences="t?") == ["F001/t1", "M001/t1"]
    assert names(tmp_path, subjects="001") == []


def test_frame_is_named_by_all_before_the_last_dot() -> None:
    """Dots within a name are part of it."""
    assert [stem(name) for name in ("a.b.jpg", "1.tar.PNG", "x.jpeg")] == ["a.b", "1.tar", "x"]


def test_two_images_of_one_stem_are_a_problem_of_that_sequence_only(tmp_path: Path) -> None:
    """The message names the files, as only a person can tell which is the frame."""
    put(tmp_path, "S/bad/1.jpg", "S/bad/1.png", "S/bad/2.jpg", "S/good/1.jpg", "S/good/2.png")
    assert problem(tmp_path, "bad") == "2 images have the stem 1: 1.jpg, 1.png"
    assert problem(tmp_path, "good") is None


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    """Linked subjects and sequences count; links that lead nowhere or round are no folders."""
    put(tmp_path, "elsewhere/T/1.jpg", "images/S/T/1.jpg", "images/S/T/2.jpg")
    images = tmp_path / "images"
    (images / "linked").symlink_to(tmp_path / "elsewhere")
    (images / "S" / "Linked").symlink_to(tmp_path / "elsewhere" / "T")
    (images / "S" / "up").symlink_to(images)
    (images / "around").symlink_to(images)
    (images / "itself").symlink_to("itself")
    (images / "S" / "itself").symlink_to("itself")
    make_dangling_link(images / "gone")
    assert names(images) == ["S/Linked", "S/T", "linked/T"]


def test_folders_and_dangling_links_named_like_images_are_frames(tmp_path: Path) -> None:
    """They are reported as unreadable later; passed over, the pairs would span two steps."""
    put(tmp_path, "S/T/1.jpg", "S/T/4.jpg")
    (tmp_path / "S" / "T" / "2.jpg").mkdir()
    make_dangling_link(tmp_path / "S" / "T" / "3.jpg")
    assert scan(tmp_path)[0].stems == ["1", "2", "3", "4"]


def test_awkward_names_are_kept_and_shown_on_one_line(tmp_path: Path) -> None:
    """Spaces, quotes, newlines, other scripts, and bytes that are no UTF-8."""
    wild = ["a b", 'it\'s "so"', "two\nlines", "é漢字", os.fsdecode(b"\xff\xfe")]
    put(tmp_path, *(f"{name}/{name}/{name}.jpg" for name in wild))
    found = scan(tmp_path)
    assert sorted(folder.subject for folder in found) == sorted(wild)
    assert all(folder.stems == [folder.subject] for folder in found)
    assert all(folder.name.isprintable() for folder in found)


@pytest.mark.parametrize("missing", [True, False])
def test_images_that_cannot_be_listed_are_refused(tmp_path: Path, missing: bool) -> None:
    """A folder that is not there, or a file in its place."""
    images = tmp_path / "two\nlines"
    if not missing:
        images.touch()
    with pytest.raises(ConfigError, match="cannot be listed: No") as caught:
        scan(images)
    assert str(caught.value).isprintable()


def test_sequence_that_may_not_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    """The others are made."""
    put(tmp_path, "S/closed/1.jpg", "S/open/1.jpg")
    open_to_all(tmp_path)
    with reading_refused(tmp_path / "S" / "closed"):
        problems = {folder.name: folder.problem for folder in scan(tmp_path)}
    assert problems["S/open"] is None
    assert problems["S/closed"] == "the folder cannot be listed: Permission denied"


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """One of 5 frames."""
    folder = tmp_path_factory.mktemp("video")
    return make_video(folder, KINDS["H.264 with B-frames in mp4"], frames=5).read_bytes()


def film(root: Path, video: bytes, *paths: str) -> None:
    """Videos and their folders."""
    put(root, *paths)
    for path in paths:
        (root / path).write_bytes(video)


def test_videos_are_sequences_among_folders(tmp_path: Path, video: bytes) -> None:
    """Of any known suffix in any case, in natural order together, named to the last dot."""
    put(tmp_path, "S/T2/1.jpg", "S/T10/1.jpg", "S/T1.txt", "T9.mp4")
    film(tmp_path, video, "S/T1.mp4", "S/T3.AVI", "S/T4.mkv", "S/T11.v2.MoV", "S/._T5.mp4")
    found = scan(tmp_path)
    assert [folder.name for folder in found] == [
        "S/T1",
        "S/T2",
        "S/T3",
        "S/T4",
        "S/T10",
        "S/T11.v2",
    ]
    assert [folder.is_video for folder in found] == [True, False, True, True, False, True]
    assert found[0].stems == ["000001", "000002", "000003", "000004", "000005"]
    assert found[0].folder == tmp_path / "S" / "T1.mp4"


def test_patterns_choose_videos_by_the_names_of_their_sequences(
    tmp_path: Path, video: bytes
) -> None:
    """A suffix is no part of a name; what is not chosen is not opened."""
    film(tmp_path, video, "F1/T1.mp4", "F1/T2.mp4", "F2/T1.mp4")
    (tmp_path / "F1" / "T3.mp4").write_bytes(b"no video")
    assert names(tmp_path, subjects="F1", sequences="T[12]") == ["F1/T1", "F1/T2"]
    assert names(tmp_path, sequences="*.mp4") == []


@pytest.mark.parametrize("other", ["T1/1.jpg", "T1.mkv"])
def test_two_sources_of_one_name_are_a_problem_of_that_name(
    tmp_path: Path, video: bytes, other: str
) -> None:
    """Only a person can tell which is meant; the others are found."""
    film(tmp_path, video, "S/T1.mp4", "S/T2.mp4", f"S/{other}")
    first, second = sorted(["T1.mp4", other.partition("/")[0]])
    assert problem(tmp_path, "T1") == f"2 folders or videos have its name: {first}, {second}"
    assert problem(tmp_path, "T2") is None
    assert len(scan(tmp_path)) == 2


def test_folder_without_images_leaves_its_name_to_a_video(tmp_path: Path, video: bytes) -> None:
    """As where OpenFace's files lie beside the videos."""
    put(tmp_path, "S/T1/T1.csv")
    film(tmp_path, video, "S/T1.mp4")
    assert [(folder.name, folder.problem) for folder in scan(tmp_path)] == [("S/T1", None)]


def test_folder_that_is_called_like_a_video_is_a_sequence_of_images(tmp_path: Path) -> None:
    """With all of its name."""
    put(tmp_path, "S/T1.mp4/1.jpg")
    assert [(f.sequence, f.images, f.is_video) for f in scan(tmp_path)] == [
        ("T1.mp4", ("1.jpg",), False)
    ]


def test_digest_of_a_video_changes_with_the_file(tmp_path: Path, video: bytes) -> None:
    """By its size or its time of change."""
    film(tmp_path, video, "S/T1.mp4")
    path = tmp_path / "S" / "T1.mp4"
    digests = [scan(tmp_path)[0].digest]
    for change in (lambda: os.utime(path, (1, 1)), lambda: path.write_bytes(video + bytes(8))):
        change()
        os.utime(path, (1, 1))
        digests.append(scan(tmp_path)[0].digest)
    assert len(set(digests)) == 3


def test_names_of_a_subjects_sequences_are_those_of_folders_and_videos(
    tmp_path: Path, video: bytes
) -> None:
    """Also of folders without images, whose outputs an earlier run may have made."""
    film(tmp_path, video, "S/T10.mp4", "S/T2.avi", "S/T2.mov")
    put(tmp_path, "S/T3/x.txt", "S/notes.txt", "S/.T4.mp4")
    assert sequence_names(tmp_path / "S") == ["T2", "T3", "T10"]
