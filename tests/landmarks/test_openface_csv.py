"""OpenFace's CSV of an image: every variant of it, every way to damage it, what we write."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faces import moving_face
from file_kinds import make_dangling_link, make_folder, make_link_to_itself, make_pipe
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from openface_files import IMAGE, POINTS, ROW, SEQUENCE, first_x, refusal, sequence_row

from faceflow.errors import ArrayError, FrameError
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import (
    encode_image_csv,
    is_sequence_csv,
    read_image_csv,
    read_sequence_csv,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the CSV of frame 0003 of F001/T1 is to be."""
    path = tmp_path / "F001" / "T1" / "0003.csv"
    path.parent.mkdir(parents=True)
    return path


def read_image(path: Path, content: str) -> tuple[Face, ...]:
    path.write_bytes(content.encode())
    return read_image_csv(path)


ALL_COLUMNS = (
    "face, confidence, gaze_0_x, eye_lmk_x_0, eye_lmk_y_0, pose_Tx, X_0, X_1, X_2, Y_0, Y_1, Y_2, "
    "Z_0, x_0, x_1, x_2, y_0, y_1, y_2, p_rx, AU01_r\n"
    "0, 0.983, -nan, 91.5, 92.5, 9e9, -11.1, -12.2, -13.3, -14, -15, -16, 17, "
    "1.0, 3.5, 5.0, 2.0, 4.0, 6.0, 0.1, 0.2\n"
)


@pytest.mark.parametrize(
    "content",
    [
        IMAGE + ROW,
        (IMAGE + ROW).replace(",", ", "),
        (IMAGE + ROW).replace(",", "\t ,  "),
        (IMAGE + ROW).replace("\n", "\r\n"),
        IMAGE + ROW.rstrip(),
        IMAGE + ROW + "\n\r\n  \n",
        "\ufeff" + IMAGE + ROW,
        '"face", "confidence", "x_0","x_1",x_2,y_0,y_1,y_2\n"0","0.983", "1.0",3.5,5,2,4,6\n',
        "y_2,y_1,y_0,x_0,x_1,x_2,confidence\n6,4,2,1,3.5,5,0.983\n",
        ALL_COLUMNS,
        ALL_COLUMNS.replace(", ", ","),
    ],
    ids=["plain", "comma space", "white space", "Windows", "no last newline", "blank lines",
         "byte-order mark", "quoted", "any order", "all columns", "all columns 2.2"],
)  # fmt: skip
def test_variants_of_an_image_give_the_same_face(path: Path, content: str) -> None:
    """Whatever version of OpenFace wrote it, and whatever it wrote beside the landmarks."""
    (face,) = read_image(path, content)
    assert face.confidence == 0.983
    assert face.landmarks.tolist() == POINTS
    assert face.landmarks.dtype == np.float64
    assert face.landmarks.flags.c_contiguous
    assert not is_sequence_csv(path)


def test_faces_keep_the_order_of_the_file(path: Path) -> None:
    """The choice among them is made elsewhere, and repeats only if their order does."""
    faces = read_image(path, IMAGE + ROW + ROW.replace("0.983", "0.183") + ROW.replace("1.0", "7"))
    assert first_x([faces]) == [[1.0, 1.0, 7.0]]
    assert [face.confidence for face in faces] == [0.983, 0.183, 0.983]


def test_header_alone_is_no_face(path: Path) -> None:
    """What we write of an image without a face is read as such."""
    assert read_image(path, IMAGE) == ()
    assert read_image(path, encode_image_csv([]).decode()) == ()


def test_empty_confidence_is_unknown_not_zero(path: Path) -> None:
    """Landmarks from text files are not taken for doubtful ones."""
    (face,) = read_image(path, IMAGE + ROW.replace("0.983", ""))
    assert face.confidence is None


def of_sequence(path: Path) -> object:
    return read_sequence_csv(path, 3)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("0,0.9,1,2,3,4,5\n", "(line 3) has 7 values, its header has 8"),
        ("0,0.9,1,2,3,4,5,6,7\n", "(line 3) has 9 values, its header has 8"),
        ("0,0.9,1,2,3,4,5,\n", "y_2 is not a number in F001/T1/0003.csv (line 3: '')"),
        ("0,0.9,1,2,3,4,5,six\n", "y_2 is not a number in F001/T1/0003.csv (line 3: 'six')"),
        ("0,0.9,1,1_0,3,4,5,6\n", "x_1 is not a number in F001/T1/0003.csv (line 3: '1_0')"),
        ("0,0.9,1,٣,3,4,5,6\n", "x_1 is not a number"),
        ("0,0.9,1,2\0,3,4,5,6\n", "x_1 is not a number"),
        ("0,0.9,1,-nan(ind),3,4,5,6\n", "x_1 is not finite"),
        ("0,0.9,1,2,3,inf,5,6\n", "y_0 is not finite"),
        ("0,0.9,1,2,3,1e999,5,6\n", "y_0 is not finite"),
        ("0,0.9,1,2,3,100000001,5,6\n", "y_0 is beyond 1e+08 pixels"),
        ("0,1.01,1,2,3,4,5,6\n", "confidence is not from 0 to 1 in F001/T1/0003.csv (line 3: '1"),
        ("0,-0.1,1,2,3,4,5,6\n", "confidence is not from 0 to 1"),
        ("0,nan,1,2,3,4,5,6\n", "confidence is not finite"),
        ('0,0.9,"1,2,3,4,5,6\n', "(line 3) is no CSV"),
        ('0,0.9,"1"2,2,3,4,5,6\n', "(line 3) is no CSV"),
        ("0,0.9,1,2\r2,3,4,5,6\n", "(line 3) is no CSV"),
        ("0,0.9," + "x" * 200_000 + "\n", "(line 3) is no CSV"),
        ("0,0.9,1,2,3,4,5," + "x" * 1000 + "\n", "y_2 is not a number"),
        ("0,0.9,1,2,3,4,5" + ",6" * 2**19 + "\n", "has more than 1048576 bytes in line 3"),
    ],
)
def test_damaged_rows_are_told_by_line_and_value(path: Path, row: str, why: str) -> None:
    """One line says where to look; an image with one damaged face has no face to trust."""
    error = refusal(path, (IMAGE + ROW + row + ROW).encode(), read_image_csv)
    assert error.reason == "bad_landmarks"
    assert why in error.detail


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"0,0.98,1,2,3,4,5,6\n", "has no column confidence (line 1)"),
        (b"face,x_0,x_1,x_2,y_0,y_1,y_2\n", "has no column confidence"),
        (b"face,confidence\n0,1\n", "has 0 points, at least 3 are taken"),
        (b"confidence,X_0,X_1,X_2,Y_0,Y_1,Y_2\n", "has 0 points"),
        (b"face,confidence,x_0,y_0,z_0\n0,,1,2,3\n", "has 1 points"),
        (b"confidence,x_0,x_1,x_2,y_0,y_1\n", "has 5 columns x_.. and y_.."),
        (b"confidence,x_0,x_1,x_3,y_0,y_1,y_2\n", "not x_0, x_1, .. and as many y"),
        (b"confidence,x_1,x_2,x_3,y_1,y_2,y_3\n", "not x_0, x_1, .. and as many y"),
        (b"confidence,x_0,x_1,x_2,x_2,y_0,y_1,y_2\n", "has 7 columns"),
        (b"confidence,x_0,x_0,x_2,y_0,y_1,y_2\n", "has 6 columns"),
        (b"confidence,confidence,x_0,x_1,x_2,y_0,y_1,y_2\n", "has 2 columns confidence"),
        (b"confidence" + b",a" * 2**16, "has 65537 columns, at most 65536 are taken"),
        ((IMAGE + ROW).encode("utf-16"), "has no column confidence"),
        (b'"' + b"a" * 200_000, "has no column confidence"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "has no column confidence"),
    ],
)
@pytest.mark.parametrize("read", [read_image_csv, of_sequence, is_sequence_csv])
def test_what_is_no_such_csv_is_told(
    path: Path, content: bytes, why: str, read: Callable[[Path], object]
) -> None:
    """A table of another program is not searched for landmarks."""
    error = refusal(path, content, read)
    assert error.reason == "bad_landmarks"
    assert why in error.detail


def test_layouts_are_not_mistaken_for_each_other(path: Path) -> None:
    """The rows of a sequence are not the faces of one image, nor the other way round."""
    assert "of a sequence" in refusal(path, SEQUENCE.encode(), read_image_csv).detail
    assert is_sequence_csv(path)
    assert "has no column frame" in refusal(path, IMAGE.encode(), of_sequence).detail
    assert not is_sequence_csv(path)


@pytest.mark.parametrize(
    ("make", "reason", "why"),
    [
        (lambda path: None, "missing_landmarks", "is not there"),
        (make_dangling_link, "missing_landmarks", "is not there"),
        (make_folder, "bad_landmarks", "cannot be read: Is a directory"),
        (make_link_to_itself, "bad_landmarks", "symbolic links"),
        (make_pipe, "bad_landmarks", "Not a regular file"),
    ],
)
@pytest.mark.parametrize("read", [read_image_csv, of_sequence, is_sequence_csv])
def test_what_cannot_be_opened_is_told(
    path: Path,
    make: Callable[[Path], None],
    reason: str,
    why: str,
    read: Callable[[Path], object],
) -> None:
    """A missing file, and one that is there but is none."""
    make(path)
    with pytest.raises(FrameError) as caught:
        read(path)
    assert caught.value.reason == reason
    assert caught.value.detail.startswith("F001/T1/0003.csv ")
    assert why in caught.value.detail


def edited(content: str) -> st.SearchStrategy[bytes]:
    """The content with a few bytes replaced by any others."""
    edit = st.tuples(st.integers(0, len(content)), st.integers(0, 4), st.binary(max_size=4))

    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        data = content.encode()
        for at, gone, new in edits:
            data = data[:at] + new + data[at + gone :]
        return data

    return st.lists(edit, max_size=4).map(apply)


@given(
    st.binary() | edited(IMAGE + ROW + ROW) | edited(SEQUENCE + sequence_row(1) + sequence_row(2))
)
def test_any_bytes_give_faces_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """No other exception, and never a value that is no coordinate."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    for read in (lambda p: [read_image_csv(p)], lambda p: read_sequence_csv(p, 3).found):
        try:
            found = read(path)
        except FrameError as error:
            found = [error]
        for one in found:
            if isinstance(one, FrameError):
                assert str(one).isprintable()
                assert "any.csv" in one.detail
                continue
            for landmarks, confidence in one:
                assert landmarks.shape[0] >= 3
                assert (np.abs(landmarks) <= 1e8).all()
                assert confidence is None or 0 <= confidence <= 1


@st.composite
def images(draw: st.DrawFn) -> list[Face]:
    shape = draw(st.integers(3, 70)), 2
    points = hnp.arrays(float, shape, elements=st.floats(-1e8, 1e8))
    confidence = st.none() | st.floats(0, 1)
    return draw(st.lists(st.builds(Face, points, confidence), max_size=3))


@given(faces=images())
def test_what_is_written_is_read_to_three_decimals(
    tmp_path_factory: pytest.TempPathFactory, faces: list[Face]
) -> None:
    """Any number of faces and points, as near as a thousandth of a pixel."""

    def rounded(value: float) -> float:
        return float(f"{value:.3f}")

    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(encode_image_csv(faces))
    found = read_image_csv(path)
    assert len(found) == len(faces)
    for (points, confidence), (points_given, confidence_given) in zip(found, faces, strict=True):
        np.testing.assert_array_equal(points, np.vectorize(rounded)(points_given))
        assert confidence == (None if confidence_given is None else rounded(confidence_given))


def test_columns_are_those_of_openface(path: Path) -> None:
    """Scripts that read OpenFace's CSV find face, confidence, all x, then all y."""
    points = moving_face()
    path.write_bytes(encode_image_csv([Face(points), Face(points, 0.97654)]))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["face"] for row in rows] == ["0", "1"]
    assert [row["confidence"] for row in rows] == ["", "0.977"]
    assert [float(rows[0][f"x_{i}"]) for i in range(68)] == np.round(points[:, 0], 3).tolist()
    assert [float(rows[0][f"y_{i}"]) for i in range(68)] == np.round(points[:, 1], 3).tolist()


def test_widest_row_that_can_be_written_is_read(path: Path) -> None:
    """As many points as are taken, each as long as a number gets."""
    path.write_bytes(encode_image_csv([Face(np.full((2**15 - 1, 2), -1e8), 1.0)]))
    (face,) = read_image_csv(path)
    assert (face.landmarks == -1e8).all()


def test_header_without_faces_names_the_points_it_would_have(path: Path) -> None:
    """So that a table of many files has the same columns throughout."""
    face = Face(np.array(POINTS))
    assert encode_image_csv([], points=3) == encode_image_csv([face]).splitlines(True)[0]
    assert encode_image_csv([]).decode().rstrip().endswith(",y_67")


def test_faces_of_different_counts_are_not_written() -> None:
    """A row has the header's columns, or it could not be read."""
    with pytest.raises(ArrayError, match=r"\[66, 68\] landmarks"):
        encode_image_csv([Face(moving_face()), Face(moving_face()[:66])])
