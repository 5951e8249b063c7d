"""Folders of OpenFace's CSV files made earlier: which file and which row is a frame's."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from file_kinds import make_folder, make_link_to_itself, make_pipe
from openface_files import IMAGE, NO_FACE, ROW, SEQUENCE, first_x, sequence_row

from faceflow.errors import FrameError
from faceflow.landmarks.csvfolder import CsvReader
from faceflow.landmarks.face import Found
from faceflow.sequences import SequenceFolder, scan

FACES = Path(__file__).parents[2].parent / "shared" / "faces"
FRAMES = ("001.jpg", "002.jpg", "003.jpg")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the CSV files are to be, with the folder of F001/T1 in it."""
    folder = tmp_path / "csv"
    (folder / "F001" / "T1").mkdir(parents=True)
    return folder


def sequence_of(folder: Path, images: Sequence[str] = FRAMES) -> SequenceFolder:
    """F001/T1 with images of these names, as they are found beside the CSV files."""
    place = folder.parent / "Subjects" / "F001" / "T1"
    place.mkdir(parents=True)
    for image in images:
        (place / image).touch()
    (sequence,) = scan(folder.parent / "Subjects")
    return sequence


def read(folder: Path, images: Sequence[str] = FRAMES) -> list[Found]:
    """What the folder says of F001/T1, checked to tell each problem in one line."""
    found = read_all(folder, sequence_of(folder, images))
    assert len(found) == len(images)
    for one in found:
        if isinstance(one, FrameError):
            assert str(one).isprintable()
            assert str(folder) not in str(one)
    return found


def read_all(folder: Path, sequence: SequenceFolder) -> list[Found]:
    """What the folder says of each frame of a sequence."""
    return CsvReader(folder, sequence).read(range(len(sequence.images)))


def reasons(found: Sequence[Found]) -> list[str]:
    return [one.reason if isinstance(one, FrameError) else "" for one in found]


@pytest.fixture(params=["F001/T1/T1.csv", "F001/T1.csv"])
def file(folder: Path, request: pytest.FixtureRequest) -> Path:
    """Where the sequence's file may be: in its folder, or as -out_dir leaves it."""
    path: Path = folder / request.param
    return path


def test_each_frame_has_its_own_file(folder: Path) -> None:
    """One with a face, one that is not there, one that is damaged."""
    (folder / "F001/T1/001.csv").write_text(IMAGE + ROW)
    (folder / "F001/T1/003.csv").write_text(IMAGE + ROW[:-5])
    found = read(folder)
    assert first_x(found) == [[1.0], "missing_landmarks", "bad_landmarks"]
    assert "F001/T1/002.csv is not there" in str(found[1])
    assert "F001/T1/003.csv (line 2) has 7 values" in str(found[2])


@pytest.mark.parametrize("stem", ["005.v1", "a b", "two\nlines", "é漢", os.fsdecode(b"\xff")])
def test_file_has_the_name_of_the_frame_to_its_last_dot(folder: Path, stem: str) -> None:
    """Whatever characters it has."""
    (folder / f"F001/T1/{stem}.csv").write_text(IMAGE + ROW)
    assert first_x(read(folder, [f"{stem}.JPG"])) == [[1.0]]


def test_details_without_csv_are_an_image_without_a_face(folder: Path) -> None:
    """Which is all that FaceLandmarkImg leaves of one; a CSV beside them counts more."""
    for stem in ("001", "002"):
        (folder / f"F001/T1/{stem}_of_details.txt").touch()
    (folder / "F001/T1/002.csv").write_text(IMAGE + ROW)
    assert first_x(read(folder)) == [[], [1.0], "missing_landmarks"]


def test_name_too_long_for_its_details_is_missing(folder: Path) -> None:
    """The longest name an image can have."""
    assert reasons(read(folder, ["x" * 251 + ".png"])) == ["missing_landmarks"]


def test_rows_of_a_sequence_are_its_frames(folder: Path, file: Path) -> None:
    """Found, without a face, without a row, damaged."""
    images = [f"{i:03}.jpg" for i in range(1, 5)]
    file.write_text(SEQUENCE + sequence_row(1) + f"2,0,0.000,{NO_FACE}\n" + sequence_row(4, 1e9))
    assert first_x(read(folder, images)) == [[1.0], [], "missing_landmarks", "bad_landmarks"]


def test_file_of_the_sequence_comes_before_those_of_images(folder: Path, file: Path) -> None:
    """Tracked landmarks are not mixed with single ones."""
    file.write_text(SEQUENCE + sequence_row(1, 7))
    for stem in ("001", "002"):
        (folder / f"F001/T1/{stem}.csv").write_text(IMAGE + ROW)
    assert first_x(read(folder)) == [[7.0], "missing_landmarks", "missing_landmarks"]


def test_frame_named_like_its_sequence_is_a_frame(folder: Path) -> None:
    """T1/T1.jpg has T1/T1.csv, which is of an image; beside it the sequence's file counts."""
    (folder / "F001/T1/T1.csv").write_text(IMAGE + ROW)
    found = read(folder, ["T1.jpg"])
    assert first_x(found) == [[1.0]]
    (folder / "F001/T1.csv").write_text(SEQUENCE + sequence_row(1, 7))
    (sequence,) = scan(folder.parent / "Subjects")
    assert first_x(read_all(folder, sequence)) == [[7.0]]


@pytest.mark.parametrize("content", ["", "not a table\n", IMAGE + ROW[:-5]])
def test_damaged_file_of_a_frame_named_like_its_sequence_is_that_frames(
    folder: Path, content: str
) -> None:
    """The others have theirs, also where --limit has cut that frame off."""
    images = ["001.jpg", "002.jpg", "T1.jpg"]
    for stem in ("001", "002"):
        (folder / f"F001/T1/{stem}.csv").write_text(IMAGE + ROW)
    (folder / "F001/T1/T1.csv").write_text(content)
    assert first_x(read(folder, images)) == [[1.0], [1.0], "bad_landmarks"]
    (sequence,) = scan(folder.parent / "Subjects")
    cut = replace(sequence, images=sequence.images[:2])
    assert first_x(read_all(folder, cut)) == [[1.0], [1.0]]


def test_damaged_file_of_a_frame_leaves_that_of_the_sequence(folder: Path) -> None:
    """Which lies beside the folder; damaged too, it is each frame's problem."""
    (folder / "F001/T1/T1.csv").write_text("")
    (folder / "F001/T1.csv").write_text(SEQUENCE + sequence_row(1, 7))
    sequence = sequence_of(folder, ["T1.jpg"])
    assert first_x(read_all(folder, sequence)) == [[7.0]]
    (folder / "F001/T1.csv").write_text("")
    assert first_x(read_all(folder, sequence)) == ["bad_landmarks"]


def test_numbers_of_a_folder_count_as_openface_does(folder: Path, file: Path) -> None:
    """In plain order, in which 10 comes before 2, and only images that it takes."""
    images = ["1.jpg", "2.jpeg", "3.JPG", "10.png", "11.bmp", "12.webp"]
    file.write_text(SEQUENCE + "".join(sequence_row(frame, frame) for frame in range(1, 5)))
    found = read(folder, images)
    missing = "missing_landmarks"
    assert first_x(found) == [[1.0], [4.0], missing, [2.0], [3.0], missing]
    assert "F001/T1/3.JPG has no row: of a folder OpenFace takes .jpg .jpeg .png .bmp" in str(
        found[2]
    )


def test_numbers_of_a_video_count_all_images_in_natural_order(folder: Path, file: Path) -> None:
    """OpenFace saw the video and not the images that were made of it."""
    images = ["1.jpg", "2.JPG", "10.webp"]
    rows = [sequence_row(frame, frame, f"{frame / 30:.3f}") for frame in range(1, 4)]
    file.write_text(SEQUENCE + "".join(rows))
    assert first_x(read(folder, images)) == [[1.0], [2.0], [3.0]]


@pytest.mark.parametrize(
    ("timestamp", "counted"), [("0.000", "2 images that OpenFace takes"), ("0.033", "3 images")]
)
def test_more_rows_than_images_fail_every_frame(
    folder: Path, file: Path, timestamp: str, counted: str
) -> None:
    """The numbers are then of other images, and no row can be trusted."""
    rows = [sequence_row(frame, timestamp=timestamp) for frame in range(1, 5)]
    file.write_text(SEQUENCE + "".join(rows))
    found = read(folder, ["001.jpg", "002.jpg", "003.JPG"])
    assert reasons(found) == ["bad_landmarks"] * 3
    assert all(f"has rows of 4 frames, but there are {counted} in F001/T1" in str(f) for f in found)


def test_sequence_cut_by_limit_keeps_its_numbers(folder: Path, file: Path) -> None:
    """What counts is what lies in the folder, not how much of it is asked for."""
    sequence = sequence_of(folder, ["1.jpg", "2.jpg", "10.jpg"])
    file.write_text(SEQUENCE + "".join(sequence_row(frame, frame) for frame in range(1, 4)))
    found = read_all(folder, replace(sequence, images=sequence.images[:2]))
    assert first_x(found) == [[1.0], [3.0]]


@pytest.mark.parametrize("content", ["", "not a table\n", SEQUENCE.replace("x_1", "x_7")])
def test_damage_of_the_whole_file_is_told_of_every_frame(
    folder: Path, file: Path, content: str
) -> None:
    """Not passed over for the single files beside it, which may be of another run."""
    file.write_text(content)
    (folder / "F001/T1/001.csv").write_text(IMAGE + ROW)
    found = read(folder)
    assert reasons(found) == ["bad_landmarks"] * 3
    assert all(file.name in str(one) for one in found)


@pytest.mark.parametrize("make", [make_folder, make_pipe, make_link_to_itself])
def test_what_is_no_file_is_told(folder: Path, file: Path, make: Callable[[Path], None]) -> None:
    """A folder of that name, a pipe that nobody writes to, a link in a circle."""
    make(file)
    assert reasons(read(folder)) == ["bad_landmarks"] * 3


def test_folder_that_is_not_there_lacks_every_frame(tmp_path: Path) -> None:
    """As with a wrong --landmarks-dir."""
    assert reasons(read(tmp_path / "nowhere")) == ["missing_landmarks"] * 3


def test_images_that_went_away_are_missing(folder: Path, file: Path) -> None:
    """A folder that cannot be counted, and an image gone from it."""
    sequence = sequence_of(folder)
    file.write_text(SEQUENCE + sequence_row(1) + sequence_row(2))
    (sequence.folder / "003.jpg").unlink()
    found = read_all(folder, sequence)
    assert first_x(found) == [[1.0], [1.0], "missing_landmarks"]
    assert "F001/T1/003.jpg is not there" in str(found[2])
    gone = replace(sequence, folder=folder / "nowhere")
    found = read_all(folder, gone)
    assert reasons(found) == ["missing_landmarks"] * 3
    assert "cannot be listed: No such file" in str(found[0])


@pytest.mark.parametrize("kind", ["image", "sequence"])
def test_recorded_folders_give_all_real_frames(tmp_path: Path, kind: str) -> None:
    """260 frames in 6 sequences, those of FaceLandmarkImg exactly as in the landmark files."""
    if not FACES.is_dir():
        pytest.skip(f"no real faces in {FACES}")
    frames = 0
    for sequence in scan(FACES / "Subjects"):
        place = tmp_path / sequence.subject / sequence.sequence
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(FACES / "OpenFace" / sequence.subject / sequence.sequence / kind)
        found = read_all(tmp_path, sequence)
        frames += sum(len(faces) == 1 for faces in found)
        texts = FACES / "Landmarks" / sequence.subject / sequence.sequence
        for stem, ((landmarks, _),) in zip(sequence.stems, found, strict=True):
            text = np.loadtxt(texts / f"{stem}_landmarks.txt")
            if kind == "image":
                np.testing.assert_array_equal(landmarks, text)
            else:
                assert np.median(np.abs(landmarks - text)) < 5
    assert frames == 260
