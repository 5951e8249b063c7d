"""faceflow.files: natural order, what is opened, names in messages."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from file_kinds import (
    AWKWARD_NAMES,
    make_dangling_link,
    make_folder,
    make_link_to_itself,
    make_pipe,
    reading_refused,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from faceflow.files import frame_name, natural_key, natural_sorted, open_regular, os_reason, shown


def test_two_sorts_before_ten() -> None:
    names = ["10.jpg", "2.jpg", "1.jpg", "f10b", "f2b", "a-1", "a-2"]
    assert natural_sorted(names) == ["1.jpg", "2.jpg", "10.jpg", "a-1", "a-2", "f2b", "f10b"]


@settings(deadline=None)
@given(st.lists(st.text() | st.from_regex(r"0{0,3}[0-9]{1,3}\Z")), st.randoms())
def test_order_is_total(names: list[str], shuffler: random.Random) -> None:
    """Names given in another order come out the same; only equal names have equal keys."""
    expected = natural_sorted(names)
    shuffled = list(names)
    shuffler.shuffle(shuffled)
    assert natural_sorted(shuffled) == expected
    assert len({natural_key(name) for name in names}) == len(set(names))


@given(st.lists(st.binary(min_size=1, max_size=6)))
def test_order_takes_names_that_are_no_text(names: list[bytes]) -> None:
    decoded = [os.fsdecode(name) for name in names]
    assert sorted(natural_sorted(decoded)) == sorted(decoded)


def test_open_regular_reads_a_file_and_what_a_link_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "link").symlink_to("a")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"content"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file"),
        (make_folder, "Is a directory"),
        (make_pipe, "Not a regular file"),
        (make_dangling_link, "No such file"),
        (make_link_to_itself, "symbolic links"),
    ],
)
def test_open_regular_refuses(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    make(tmp_path / "a")
    with pytest.raises(OSError, match=reason) as caught:
        open_regular(tmp_path / "a")
    assert reason in os_reason(caught.value)
    assert str(tmp_path) not in os_reason(caught.value)


def test_open_regular_refuses_what_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    with reading_refused(tmp_path / "a"), pytest.raises(PermissionError) as caught:
        open_regular(tmp_path / "a")
    assert os_reason(caught.value) == "Permission denied"


def test_open_regular_refuses_a_zero_byte_in_the_name() -> None:
    with pytest.raises(OSError, match="null"):
        open_regular("a\0b")


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_names_are_shown_on_one_printable_line(name: str) -> None:
    assert shown(name).isprintable()
    assert frame_name(Path("/data", "S", "Q", name)).isprintable()


def test_frame_name_holds_no_absolute_path() -> None:
    assert frame_name("/0003.jpg") == "0003.jpg"
    assert frame_name("T1/0003.jpg") == "T1/0003.jpg"
    assert frame_name(Path("/a/b/F001/T1/0003.jpg")) == "F001/T1/0003.jpg"
