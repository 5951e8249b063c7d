"""Finding sequences among what people have in their folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from file_kinds import make_dangling_link, reading_refused

from faceflow.errors import ConfigError
from faceflow.images import IMAGE_SUFFIXES
from faceflow.sequences import scan, stem


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
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    with reading_refused(tmp_path / "S" / "closed"):
        problems = {folder.name: folder.problem for folder in scan(tmp_path)}
    assert problems["S/open"] is None
    assert problems["S/closed"] == "the folder cannot be listed: Permission denied"
