"""Landmark text files: every way to write a number, and every way to get it wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from faceflow.errors import FrameError
from faceflow.landmarks.textfile import (
    TextReader,
    _parse_lines,
    _parse_plain,
    landmark_path,
    read_landmark_text,
)
from faceflow.sequences import SequenceFolder
from faceflow.types import Landmarks

THREE = b"1 2\n3 4\n5 6\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the landmarks of frame 0003 of F001/T1 are to be."""
    path = landmark_path(tmp_path, "F001", "T1", "0003")
    path.parent.mkdir(parents=True)
    return path


def refusal(path: Path, content: bytes) -> FrameError:
    """The error of reading the content, checked to be one line that names the file."""
    path.write_bytes(content)
    with pytest.raises(FrameError) as caught:
        read_landmark_text(path)
    assert str(caught.value).isprintable()
    assert "F001/T1/0003_landmarks.txt" in caught.value.detail
    assert str(path.parent) not in caught.value.detail
    return caught.value


def test_path_follows_the_images_tree() -> None:
    expected = Path("Landmarks", "F001", "T1", "a.b_landmarks.txt")
    assert landmark_path("Landmarks", "F001", "T1", "a.b") == expected


def test_folder_says_what_is_known_of_each_frame(path: Path) -> None:
    """One face without a confidence, or why there is none; in the frames' order."""
    path.write_bytes(THREE)
    sequence = SequenceFolder("F001", "T1", Path("images"), ("0003.jpg", "0004.jpg"))
    (face,), missing = TextReader(path.parents[2], sequence).read(range(2))
    assert face.confidence is None
    assert face.landmarks.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert isinstance(missing, FrameError)
    assert missing.reason == "missing_landmarks"


@given(hnp.arrays(float, st.tuples(st.integers(3, 70), st.just(2)), elements=st.floats(-1e8, 1e8)))
@pytest.mark.parametrize(
    "form", ["{!r} {!r}\n", "   {:.17e}   {:+.17e}\r\n", "\t{:.16E}\t {:.17g}\r"]
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, form: str, points: Landmarks
) -> None:
    path = tmp_path_factory.getbasetemp() / "written_landmarks.txt"
    path.write_bytes("".join(form.format(*point) for point in points.tolist()).encode())
    read = read_landmark_text(path)
    assert read.dtype == np.float64
    np.testing.assert_array_equal(read, points)


@pytest.mark.parametrize(
    ("number", "value"),
    [("1", 1), ("+3", 3), ("-0.5", -0.5), (".5", 0.5), ("5.", 5), ("1e2", 100), ("1.5E-1", 0.15),
     ("007", 7), ("1e+8", 1e8), ("1e-400", 0), ("0" * 1000 + "1", 1)],
)  # fmt: skip
def test_numbers_of_any_form_are_taken(path: Path, number: str, value: float) -> None:
    path.write_bytes(THREE + f"{number} 8\n".encode())
    assert read_landmark_text(path)[3].tolist() == [value, 8]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + THREE,
        THREE.replace(b"\n", b"\r\n"),
        THREE.replace(b"\n", b"\r"),
        THREE.rstrip(),
        b"\n \n" + THREE.replace(b"\n", b"\n\t\n") + b"\n\n",
        b"  1   2  \n\t3\t4\t\n5 \t 6",
    ],
)
def test_layouts_that_are_no_matter(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert read_landmark_text(path).tolist() == [[1, 2], [3, 4], [5, 6]]


def test_message_names_point_file_line_and_what_was_found(path: Path) -> None:
    content = b"1 2\n" * 12 + b"nan 3.2\n"
    assert refusal(path, content).detail == (
        "landmarks[12] is not finite in F001/T1/0003_landmarks.txt (line 13: 'nan 3.2')"
    )


def test_points_and_lines_are_counted_apart(path: Path) -> None:
    detail = refusal(path, b"\xef\xbb\xbf\r\n1 2\r\n\r\nx y\r\n").detail
    assert detail.startswith("landmarks[1] is not a number")
    assert "(line 4: 'x y')" in detail


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("abc 3", "is not a number"),
        ("1,5 3", "is not a number"),
        ("1_000 3", "is not a number"),
        ("0x10 3", "is not a number"),
        ("1e 3", "is not a number"),
        (". 3", "is not a number"),
        ("1.2.3 4", "is not a number"),
        ("٣ 4", "is not a number"),
        ("3 4\0", "is not a number"),
        ("nan 3", "is not finite"),
        ("3 -NaN", "is not finite"),
        ("inf 3", "is not finite"),
        ("3 -Infinity", "is not finite"),
        ("1e999 3", "is not finite"),
        ("1.1e8 3", "is beyond 1e+08 pixels"),
        ("3 -100000001", "is beyond 1e+08 pixels"),
        ("3", "has 1 columns, not 2"),
        ("1 2 3", "has 3 columns, not 2"),
        ("1, 2, 3", "has 3 columns, not 2"),
        ("x" * 1000, "has 1 columns, not 2"),
    ],
)
def test_lines_that_are_no_point_are_named(path: Path, line: str, why: str) -> None:
    error = refusal(path, THREE + line.encode() + b"\n")
    assert error.reason == "bad_landmarks"
    assert error.detail.startswith("landmarks[3] ")
    assert why in error.detail
    assert "(line 4: " in error.detail
    assert len(error.detail) < 300


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "has 0 points, at least 3 are taken"),
        (b"\xef\xbb\xbf", "has 0 points, at least 3 are taken"),
        (b"1 2\n3 4\n", "has 2 points, at least 3 are taken"),
        (b"1 2\n\xff\xfe\n", "is not UTF-8 text (byte 4)"),
        (THREE.decode().encode("utf-16"), "is not UTF-8 text (byte 0)"),
        (b"\n" * (4 * 2**20 + 1), "has 4194305 bytes, at most 4194304 are taken"),
    ],
)
def test_files_that_are_no_landmarks_are_named(path: Path, content: bytes, why: str) -> None:
    error = refusal(path, content)
    assert error.reason == "bad_landmarks"
    assert why in error.detail


def test_file_of_the_largest_size_is_read(path: Path) -> None:
    path.write_bytes(THREE + b"\n" * (4 * 2**20 - len(THREE)))
    assert len(read_landmark_text(path)) == 3


def test_huge_file_is_not_read(path: Path) -> None:
    """A sparse file of a terabyte, which nobody could read."""
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(FrameError, match="has 1099511627776 bytes"):
        read_landmark_text(path)


@pytest.mark.parametrize(
    ("make", "reason", "why"),
    [
        (lambda path: None, "missing_landmarks", "is not there"),
        (lambda path: path.symlink_to("nowhere"), "missing_landmarks", "is not there"),
        (lambda path: path.mkdir(), "bad_landmarks", "cannot be read: Is a directory"),
        (lambda path: path.symlink_to(path.name), "bad_landmarks", "symbolic links"),
        (lambda path: os.mkfifo(path), "bad_landmarks", "Not a regular file"),
    ],
)
def test_what_cannot_be_opened_is_named(
    path: Path, make: Callable[[Path], object], reason: str, why: str
) -> None:
    make(path)
    with pytest.raises(FrameError) as caught:
        read_landmark_text(path)
    assert caught.value.reason == reason
    assert caught.value.detail.startswith("F001/T1/0003_landmarks.txt ")
    assert why in caught.value.detail


def test_folder_that_is_a_file_means_missing(tmp_path: Path) -> None:
    (tmp_path / "F001").write_bytes(b"")
    with pytest.raises(FrameError, match="missing_landmarks"):
        read_landmark_text(landmark_path(tmp_path, "F001", "T1", "0003"))


@pytest.mark.parametrize("stem", ["a b", 'it\'s "so"', "two\nlines", "é漢", os.fsdecode(b"\xff")])
def test_any_name_is_read_and_named(tmp_path: Path, stem: str) -> None:
    path = landmark_path(tmp_path, "S", "Q", stem)
    path.parent.mkdir(parents=True)
    with pytest.raises(FrameError) as caught:
        read_landmark_text(path)
    assert caught.value.detail.isprintable()
    path.write_bytes(THREE)
    assert len(read_landmark_text(path)) == 3


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "1",
                    "-2.5",
                    "+.5",
                    "3.",
                    "1e2",
                    "1E+08",
                    "1e9",
                    "1e999",
                    "--1",
                    "1.2.3",
                    "e5",
                    ".",
                ]
            ),
            max_size=3,
        ),
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
)
def test_quick_reading_is_the_careful_one(rows: list[list[str]], end: str) -> None:
    """What is read at once is what reading line by line gives, and nothing that it refuses."""
    data = "".join("  ".join(row) + end for row in rows).encode()
    quick = _parse_plain(data)
    try:
        careful = _parse_lines(data, "a")
    except FrameError:
        assert quick is None
    else:
        assert quick is not None
        assert quick.tobytes() == careful.tobytes()
