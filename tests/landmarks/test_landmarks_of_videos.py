"""Landmarks of videos: those of a folder of their frames, from every source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faces import Faces, make_faces, moving_face, write_image
from generation import Quiet
from landmarks.colour_detector import ColourDetector
from landmarks.embedded_sequences import as_numbers, portrait
from landmarks.openface_build import Build, Run, log, verdicts
from landmarks.openface_files import IMAGE, NO_FACE, ROW, SEQUENCE, first_x, sequence_row
from video_samples import KINDS, Kind, as_videos, decoded, make_video, six_digits, write_video

from faceflow.errors import FrameError
from faceflow.execute.local import LocalExecutor
from faceflow.landmarks.csvfolder import CsvReader
from faceflow.landmarks.detect import detect
from faceflow.landmarks.detector import Detector
from faceflow.landmarks.embedded import embedded_detector
from faceflow.landmarks.face import Found
from faceflow.landmarks.textfile import TextReader
from faceflow.sequences import SequenceFolder, scan

KIND = KINDS["H.264 with B-frames in mp4"]


def only(images: Path) -> SequenceFolder:
    (sequence,) = scan(images)
    return sequence


@pytest.fixture
def film(tmp_path: Path) -> SequenceFolder:
    """F001/T1, of 4 frames."""
    make_video(tmp_path / "Subjects" / "F001", KIND, frames=4)
    return only(tmp_path / "Subjects")


def look(images: Path, detector: Detector, workers: int = 1) -> list[Found]:
    """What a detector finds in the only sequence; the store lies beside the images."""
    path, sequence = images.parent / "landmarks.sqlite", only(images)
    read = detect([sequence], detector, path, LocalExecutor(workers), Quiet())
    return read(sequence).read(range(len(sequence.images)))


def test_texts_are_found_by_the_names_of_frames(tmp_path: Path) -> None:
    """000001_landmarks.txt and on."""
    kind = Kind(".avi", "mjpeg", "yuvj420p", size=(64, 48))
    filmed = as_videos(make_faces(tmp_path, frames=six_digits(3)), kind)
    found = TextReader(filmed.landmarks, only(filmed.images)).read(range(3))
    for stem, one in zip(six_digits(3), found, strict=True):
        assert isinstance(one, tuple)
        assert np.allclose(one[0].landmarks, filmed.points(stem))


@pytest.mark.parametrize("time", ["0.000", "1.240"])
def test_rows_of_feature_extraction_are_numbered_by_frame(
    tmp_path: Path, film: SequenceFolder, time: str
) -> None:
    """Whether it told the time or not; a row that is not there is missing."""
    folder = tmp_path / "csv"
    (folder / "F001").mkdir(parents=True)
    rows = [sequence_row(1, 7), f"2,0,0.000,{NO_FACE}\n", sequence_row(4, 9)]
    text = "".join(rows).replace(",0.000,", f",{time},")
    (folder / "F001" / "T1.csv").write_text(SEQUENCE + text)
    assert first_x(CsvReader(folder, film).read(range(4))) == [
        [7.0],
        [],
        "missing_landmarks",
        [9.0],
    ]


def test_rows_of_more_frames_than_a_video_has_are_of_another(
    tmp_path: Path, film: SequenceFolder
) -> None:
    """No row can be trusted then."""
    folder = tmp_path / "csv"
    (folder / "F001" / "T1").mkdir(parents=True)
    (folder / "F001" / "T1" / "T1.csv").write_text(SEQUENCE + sequence_row(5))
    found = CsvReader(folder, film).read(range(4))
    assert {str(one) for one in found} == {
        "bad_landmarks: F001/T1/T1.csv has rows of 5 frames, but there are 4 frames in F001/T1"
    }


def test_a_limit_takes_no_rows_from_a_video(tmp_path: Path, film: SequenceFolder) -> None:
    """Rows are of all frames, of which a run may ask for some."""
    folder = tmp_path / "csv"
    (folder / "F001").mkdir(parents=True)
    (folder / "F001" / "T1.csv").write_text(SEQUENCE + "".join(map(sequence_row, range(1, 5))))
    cut = replace(film, images=film.images[:2])
    assert first_x(CsvReader(folder, cut).read(range(2))) == [[1.0], [1.0]]


def test_each_frame_of_a_video_may_have_a_csv(tmp_path: Path, film: SequenceFolder) -> None:
    """As faceflow landmarks writes them."""
    folder = tmp_path / "csv" / "F001" / "T1"
    folder.mkdir(parents=True)
    for stem in ("000001", "000003"):
        (folder / f"{stem}.csv").write_text(IMAGE + ROW)
    found = first_x(CsvReader(tmp_path / "csv", film).read(range(4)))
    assert found == [[1.0], "missing_landmarks", [1.0], "missing_landmarks"]


@pytest.mark.parametrize("workers", [1, 2])
def test_dlib_finds_in_a_video_what_it_finds_in_its_frames(tmp_path: Path, workers: int) -> None:
    """A face that moves, in more than one run of 64 frames."""
    kind = Kind(".mp4", "libx264", options={"g": "40"}, size=(300, 320))
    video = tmp_path / "video" / "Subjects" / "F001" / "T1.mp4"
    write_video(video, map(portrait, range(70)), kind)
    folder = tmp_path / "images" / "Subjects" / "F001" / "T1"
    folder.mkdir(parents=True)
    for stem, image in zip(six_digits(70), decoded(video), strict=True):
        write_image(folder / f"{stem}.bmp", image)
    detector = embedded_detector()
    found = look(tmp_path / "video" / "Subjects", detector, workers)
    assert as_numbers(found) == as_numbers(look(tmp_path / "images" / "Subjects", detector))
    assert all(len(one) == 1 for one in found if isinstance(one, tuple))


def test_what_was_found_in_a_video_is_not_looked_for_again(tmp_path: Path) -> None:
    """Whatever it is called by then; another video of as many frames is another."""
    images = tmp_path / "Subjects"
    video = make_video(images / "F001", KIND, frames=5)
    detector = ColourDetector()
    first = look(images, detector)
    assert len(detector.seen) == 5
    video = video.rename(video.with_name("T9.mp4"))
    assert as_numbers(look(images, detector)) == as_numbers(first)
    assert len(detector.seen) == 5
    write_video(video, [255 - image for image in decoded(video)], KIND)
    look(images, detector)
    assert len(detector.seen) == 10


def test_a_video_that_has_gone_fails_frame_by_frame(tmp_path: Path, film: SequenceFolder) -> None:
    """With the reason."""
    film.folder.unlink()
    path = tmp_path / "landmarks.sqlite"
    read = detect([film], ColourDetector(), path, LocalExecutor(1), Quiet())
    found = read(film).read(range(4))
    assert [one.reason for one in found if isinstance(one, FrameError)] == ["unreadable_image"] * 4


@pytest.mark.parametrize("mode", ["image", "sequence"])
def test_openface_sees_the_frames_of_a_video(tmp_path: Path, mode: str) -> None:
    """As lossless copies, each under its number."""
    faces = Faces(tmp_path)
    video = make_video(faces.images / "F001", KIND, frames=9)
    build = Build(tmp_path / "OpenFace")
    for number, name in enumerate(only(faces.images).images):
        build.see(video / name, [moving_face((48, 64), number)])
    run = Run(faces, build, mode)
    assert verdicts(run, run.find()) == dict.fromkeys(six_digits(9), "found")
    assert "000003.bmp is 000003.frame" in log(run)
