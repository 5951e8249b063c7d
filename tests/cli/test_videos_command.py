"""Videos on the command line: landmarks and sheets of them, and what is said without PyAV."""

from __future__ import annotations

import csv
import os
import subprocess
from pathlib import Path

import numpy as np
from command import command_line, run
from faces import SIZE, Faces, make_faces, write_points
from fresh_python import packages_without
from skimage.data import astronaut
from video_samples import H264, Kind, as_videos, six_digits, write_video

from faceflow.images import read_image
from faceflow.landmarks.openface_csv import read_image_csv


def without(package: str, tmp_path: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """faceflow-gen where a package is not installed."""
    packages = packages_without(tmp_path / "packages", package)
    python, *code = command_line("faceflow-gen")
    return subprocess.run(
        [python, "-S", *code, *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_pyav_videos_are_problems_and_folders_are_made(tmp_path: Path) -> None:
    """With the remedy, in a line for each."""
    filmed = as_videos(
        make_faces(tmp_path, sequences=("T1", "T2"), frames=six_digits(3)),
        Kind(".mp4", "libx264", size=SIZE),
    )
    folder = filmed.images / "F001" / "T3"
    folder.mkdir()
    for frame in six_digits(3):
        image = tmp_path / "Subjects" / "F001" / "T1" / f"{frame}.png"
        (folder / image.name).write_bytes(image.read_bytes())
        (filmed.landmarks / "F001" / "T3").mkdir(exist_ok=True)
        write_points(filmed.text(frame, sequence="T3"), filmed.points(frame))
    done = without("av", tmp_path, filmed.images, filmed.output, "--size", "source")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"F001/{name}: {name}.mp4 cannot be read: videos need PyAV: pip install 'faceflow[video]'"
        for name in ("T1", "T2")
    ]
    assert len(list((filmed.output / "F001" / "flow_T3").glob("*.flo"))) == 2


def test_landmarks_of_a_video_become_its_flow(tmp_path: Path) -> None:
    """faceflow landmarks with a sheet, then faceflow-gen from its files."""
    faces = Faces(tmp_path)
    photograph = np.ascontiguousarray(astronaut()[..., ::-1])
    images = [photograph[0:300, 80 + shift : 400 + shift] for shift in (0, 3, 6, 9)]
    kind = Kind(".mp4", "libx264", options=H264, size=(300, 320))
    write_video(faces.images / "F001" / "T1.mp4", images, kind)
    found = tmp_path / "found"
    assert run("faceflow", "landmarks", faces.images, found, "--sheet").code == 0
    assert read_image(found / "F001" / "T1" / "sheet.jpg").shape[2] == 3
    table = list(csv.DictReader((found / "landmarks.csv").read_text().splitlines()))
    assert [(row["sequence"], row["frame"]) for row in table] == [("T1", f) for f in six_digits(4)]
    words = [faces.images, faces.output, "--landmarks", "openface", "--landmarks-dir", found]
    ended = run("faceflow-gen", *words, "--size", "source")
    assert (ended.code, ended.err) == (0, "")
    (used,) = read_image_csv(faces.output / "F001" / "T1" / "000004.csv")
    (first,) = read_image_csv(faces.output / "F001" / "T1" / "000001.csv")
    shift = (first.landmarks - used.landmarks).mean(axis=0)
    np.testing.assert_allclose(shift, [9, 0], atol=1)


def test_doctor_tells_whether_videos_can_be_read() -> None:
    """Among the extras."""
    ended = run("faceflow", "doctor")
    (line,) = (line for line in ended.out.splitlines() if line.startswith("extras:"))
    assert "video installed" in line
