"""Landmarks as they were used, written and read back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faces import moving_face
from file_kinds import make_dangling_link, make_folder, make_pipe
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from faceflow.dataset.landmark_csv import encode_landmarks, read_landmarks
from faceflow.errors import DatasetError
from faceflow.types import Landmarks

TAKEN = st.tuples(st.integers(3, 70), st.just(2))


@given(points=hnp.arrays(float, TAKEN, elements=st.floats(-1e8, 1e8)))
def test_what_is_written_is_read_to_three_decimals(
    tmp_path_factory: pytest.TempPathFactory, points: Landmarks
) -> None:
    """Any number of points, as near as a thousandth of a pixel."""
    path = tmp_path_factory.getbasetemp() / "points.csv"
    path.write_bytes(encode_landmarks(points))
    found = read_landmarks(path)
    assert found.flags.c_contiguous
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, points, rtol=0, atol=0.00051)


def test_columns_are_those_of_openface(tmp_path: Path) -> None:
    """Scripts that read OpenFace's CSV find face, confidence, all x, then all y."""
    points = moving_face()
    path = tmp_path / "points.csv"
    path.write_bytes(encode_landmarks(points, confidence=0.97654))
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["face"], row["confidence"]) == ("0", "0.977")
    assert [float(row[f"x_{i}"]) for i in range(68)] == np.round(points[:, 0], 3).tolist()
    assert [float(row[f"y_{i}"]) for i in range(68)] == np.round(points[:, 1], 3).tolist()


def test_confidence_of_text_files_is_left_empty() -> None:
    """A text file says nothing about it, and 0 would mean no confidence at all."""
    assert encode_landmarks(moving_face()).splitlines()[1].startswith(b"0,,")


HEADER = b"face,confidence,x_0,x_1,x_2,y_0,y_1,y_2\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        HEADER,
        HEADER + b"0,,1,2,3,4,5\n",
        HEADER + b"0,,1,2,3,4,5,6,7\n",
        HEADER + b"0,,1,2,3,4,5,six\n",
        HEADER + b"0,,1,2,3,4,5,nan\n",
        HEADER + b"0,,1,2,3,4,5,inf\n",
        HEADER + b"0,,1,2,3,4,5,6\n0,,1,2,3,4,5,6\n",
        b"face,confidence\n0,\n",
        b"face,confidence,x_0,y_0,z_0\n0,,1,2,3\n",
        b"\xff\xfe\x00",
        b"a" * 200_000 + b"\n1\n",
        b'"' + b"a" * 200_000,
    ],
)
def test_damage_is_told_in_one_line_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    """Nothing else escapes, whatever the bytes are."""
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"points\.csv is no landmark file") as caught:
        read_landmarks(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("make", [make_folder, make_pipe, make_dangling_link])
def test_what_is_no_file_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A folder, a pipe that nobody writes to, a link to nowhere."""
    make(tmp_path / "points.csv")
    with pytest.raises(DatasetError, match=r"points\.csv cannot be read"):
        read_landmarks(tmp_path / "points.csv")
