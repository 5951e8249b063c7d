"""OpenFace's CSV of a sequence: which frame has what, whatever became of other rows."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from openface_files import IMAGE, NO_FACE, POINTS, ROW, SEQUENCE, first_x, sequence_row

from faceflow.errors import FrameError
from faceflow.landmarks.openface_csv import (
    read_image_csv,
    read_sequence_csv,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the CSV of frame 0003 of F001/T1 is to be."""
    path = tmp_path / "F001" / "T1" / "0003.csv"
    path.parent.mkdir(parents=True)
    return path


def test_frames_are_found_by_number(path: Path) -> None:
    """In any order of rows; a frame without a row is named, one of zeros has no face."""
    rows = [sequence_row(4, 4), sequence_row(1, 1), f"2,0,0.000,{NO_FACE}\n", sequence_row(9, 9)]
    path.write_text(SEQUENCE + "".join(rows))
    found, last_frame, from_video = read_sequence_csv(path, 5)
    assert first_x(found) == [[1], [], "missing_landmarks", [4], "missing_landmarks"]
    assert "has no row of frame 3" in str(found[2])
    assert (last_frame, from_video) == (9, False)


def test_several_faces_of_a_frame_keep_their_order(path: Path) -> None:
    """FaceLandmarkVidMulti writes a row for each; a lost track's zeros are no face."""
    rows = [sequence_row(1, 7), sequence_row(1, 3, face=1), f"1,2,0.000,{NO_FACE}\n"]
    path.write_text(SEQUENCE + "".join(rows) + sequence_row(2, 5))
    assert first_x(read_sequence_csv(path, 2).found) == [[7, 3], [5]]


def test_lost_face_stays_a_face_of_low_confidence(path: Path) -> None:
    """It is for --min-confidence to judge it; `success` is not believed."""
    path.write_text(SEQUENCE + sequence_row(1).replace("0.98,1,", "0.02,0,"))
    ((face,),) = read_sequence_csv(path, 1).found
    assert (face.confidence, face.landmarks.tolist()) == (0.02, POINTS)


def test_first_version_without_face_ids_is_read(path: Path) -> None:
    """OpenFace 1: spaces in the header only, six digits, 1-based frames."""
    header = "frame, timestamp, confidence, success, X_0, x_0, x_1, x_2, y_0, y_1, y_2\n"
    path.write_text(header + "1,0,0.883333,1,-9.63E-05,1,3.5,5,2,4,6\n2,0.001,0,0,0,0,0,0,0,0,0\n")
    found, last_frame, from_video = read_sequence_csv(path, 2)
    assert first_x(found) == [[1], []]
    assert (last_frame, from_video) == (2, True)


@pytest.mark.parametrize(("timestamp", "from_video"), [("0.000", False), ("0", False),
                                                       ("0.033", True), ("1e-3", True),
                                                       ("", False), ("nan", False)])  # fmt: skip
def test_time_stamps_tell_video_from_folder(path: Path, timestamp: str, from_video: bool) -> None:
    """Which decides what a frame number counts; rows not asked for tell it too."""
    path.write_text(SEQUENCE + sequence_row(1) + sequence_row(2, timestamp=timestamp))
    assert read_sequence_csv(path, 1).from_video is from_video


@pytest.mark.parametrize(
    "row",
    [
        sequence_row(2).rstrip() + ",7\n",
        sequence_row(2, timestamp="7")[:-9] + "\n",
        sequence_row(2, float("nan")),
        sequence_row(2, 1e9),
        sequence_row(2).replace("3.5", "3,5"),
        sequence_row(2).replace("0.98", "98"),
        sequence_row(2).replace("5.0", '"5.0'),
        sequence_row(2) + sequence_row(2, float("inf")),
        sequence_row(2, float("inf")) + sequence_row(2),
    ],
)
def test_damaged_row_spoils_its_own_frame_only(path: Path, row: str) -> None:
    """Neither another frame, nor what is known of the file."""
    path.write_text(SEQUENCE + sequence_row(1) + row + sequence_row(3, 3))
    found, last_frame, from_video = read_sequence_csv(path, 3)
    assert first_x(found) == [[1], "bad_landmarks", [3]]
    assert "F001/T1/0003.csv" in str(found[1])
    assert str(found[1]).isprintable()
    assert (last_frame, from_video) == (3, False)


@pytest.mark.parametrize("frame", ["0", "-1", "1.0", "two", "", "nan", "2e0", "1_0", "9" * 5000])
def test_row_without_frame_number_is_told_of_the_frame_that_lacks_one(
    path: Path, frame: str
) -> None:
    """It is no frame's row; whoever looks for frame 2 is told of it."""
    path.write_text(SEQUENCE + sequence_row(1) + sequence_row(frame) + sequence_row(3))
    found = read_sequence_csv(path, 3).found
    assert first_x(found) == [[1], "missing_landmarks", [1]]
    assert "has no row of frame 2; line 3 has the frame number " in str(found[1])


@pytest.mark.parametrize("end", ["", "\n"])
def test_frame_number_cut_short_is_not_taken_for_an_earlier_frame(path: Path, end: str) -> None:
    """A full disk leaves "1" of frame 10's row: frame 1 keeps its own."""
    rows = "".join(sequence_row(frame, frame) for frame in range(1, 10))
    path.write_text(SEQUENCE + rows + "1" + end)
    found = read_sequence_csv(path, 10).found
    assert first_x(found) == [*([x] for x in range(1, 10)), "missing_landmarks"]
    assert "line 11 has 1 values, not 11" in str(found[9])


def test_damage_of_rows_not_asked_for_does_not_matter(path: Path) -> None:
    """A sequence cut by --limit is read although its file is damaged further on."""
    path.write_text(SEQUENCE + sequence_row(1) + "2,0\n" + sequence_row(3, float("nan")))
    assert first_x(read_sequence_csv(path, 1).found) == [[1]]


def test_more_faces_than_any_image_has_are_refused(path: Path) -> None:
    """A file that repeats one frame for ever does not fill the memory."""
    path.write_text(IMAGE + ROW * 1000)
    assert len(read_image_csv(path)) == 1000
    path.write_text(IMAGE + ROW * 1001)
    with pytest.raises(FrameError, match=r"line 1002\) has more than 1000 faces"):
        read_image_csv(path)
    path.write_text(SEQUENCE + sequence_row(1) * 1001 + sequence_row(2))
    assert first_x(read_sequence_csv(path, 2).found) == ["bad_landmarks", [1]]


def peak_memory(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_long_file_takes_the_memory_of_what_is_asked_for(path: Path) -> None:
    """100,000 rows, every other one damaged, of which three are asked for."""
    with path.open("w") as file:
        file.write(SEQUENCE)
        file.writelines(
            sequence_row(frame) if frame % 2 else f"{frame},0\n" for frame in range(1, 100_001)
        )
    assert peak_memory(lambda: read_sequence_csv(path, 3)) < 2**20


def test_damaged_frames_do_not_keep_their_rows(path: Path) -> None:
    """A wide file, damaged throughout, takes a line of words for each frame asked for."""
    wide = "".join(f",unused_{i}" for i in range(5000))
    rows = "".join(f"{frame},0{',1' * 5000}\n" for frame in range(1, 301))
    path.write_text(SEQUENCE.rstrip() + wide + "\n" + rows)
    kept = []
    assert peak_memory(lambda: kept.append(read_sequence_csv(path, 300))) < 4 * 2**20
    assert first_x(kept[0].found) == ["bad_landmarks"] * 300


@pytest.mark.parametrize("start", ["", IMAGE, SEQUENCE])
def test_file_without_newlines_is_not_read_whole(path: Path, start: str) -> None:
    """50 MB of it, refused for a line that is too long."""
    with path.open("wb") as file:
        file.write(start.encode())
        file.truncate(50_000_000)

    read = partial(read_sequence_csv, frames=3) if start == SEQUENCE else read_image_csv

    def refused() -> None:
        with pytest.raises(FrameError, match="more than 1048576 bytes in line"):
            read(path)

    assert peak_memory(refused) < 8 * 2**20
