"""Sequences rendered from one photograph: what the labels say is what the images show."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import gen, run, start
from faces import Faces, make_faces, texture, write_image, write_points
from generation import by_name, generate, record, tree

import faceflow as ff
from faceflow.dataset.tree import DatasetTree
from faceflow.flow.render import border_anchors
from faceflow.images import read_image, resize_image
from faceflow.opencv import cv2
from faceflow.truth.render_options import RenderOptions

SIZE = (240, 180)
RENDERED = {"rendering": RenderOptions("rendered"), "image_format": "png"}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Two sequences, of two units each."""
    return make_faces(tmp_path_factory.mktemp("faces"), ("F1", "F2"), frames=40, size=SIZE)


@pytest.fixture(scope="module")
def whole(faces: Faces) -> dict[str, bytes]:
    """The tree of a run of one worker."""
    generate(faces, direction="both", **RENDERED)
    return tree(faces.output)


def error(first: np.ndarray, second: np.ndarray, flow: np.ndarray, valid: np.ndarray) -> float:
    """Mean grey levels between the first frame and the second, pulled back onto it."""
    return float(np.abs(ff.warp(second, flow).astype(float) - first)[valid].mean())


@pytest.mark.usefixtures("whole")
def test_first_frame_is_the_photograph(faces: Faces) -> None:
    """Bit for bit; and the last is none of the frames that were recorded."""
    first = read_image(faces.output / "F1" / "flow_T1" / "001.png")
    np.testing.assert_array_equal(first, read_image(faces.image("001", "F1")))
    last = read_image(faces.output / "F1" / "flow_T1" / "040.png").astype(float)
    assert np.abs(last - read_image(faces.image("040", "F1"))).mean() > 20


@pytest.mark.parametrize("size", [(120, 90), (256, 256), (120, 256)])
def test_first_frame_of_another_size_is_the_photograph_resized(
    faces: Faces, tmp_path: Path, size: tuple[int, int]
) -> None:
    """As real frames are, and the others are as near to it as to one another."""
    generate(faces, tmp_path, size=size, selection={"limit": 6}, **RENDERED)
    first = read_image(tmp_path / "F1" / "flow_T1" / "001.png")
    np.testing.assert_array_equal(first, resize_image(read_image(faces.image("001", "F1")), size))
    samples = ff.open_dataset(tmp_path)
    errors = [error(*sample.frames, sample.flow, sample.valid) for sample in samples]
    assert max(errors) < 1.0


@pytest.mark.usefixtures("whole")
def test_flow_is_true_everywhere_between_neighbours(faces: Faces) -> None:
    """Forward and backward, up to the border."""
    samples = ff.open_dataset(faces.output)
    assert len(samples) == 2 * 2 * 39
    for sample in (samples[i] for i in range(0, len(samples), 13)):
        assert sample.valid.all()
        assert error(*sample.frames, sample.flow, sample.valid) < 1.0


@pytest.mark.usefixtures("whole")
def test_flow_between_any_two_frames_is_that_of_their_landmarks(faces: Faces) -> None:
    """With the triangles of the record, between frames that are far apart, either way."""
    made = record(faces, "F1")
    triangles = np.array(made["triangles"], np.int32)
    folder = faces.output / "F1"

    def frame(number: int) -> tuple[np.ndarray, np.ndarray]:
        row = (folder / "T1" / f"{number:03}.csv").read_text().splitlines()[1].split(",")
        points = np.array(row[2:], float).reshape(2, -1).T
        assert len(points) == 68 + 8
        np.testing.assert_array_equal(points[68:], border_anchors(SIZE))
        return read_image(folder / "flow_T1" / f"{number:03}.png"), points

    for a, b in ((1, 6), (6, 1), (3, 39), (40, 2), (17, 18)):
        (first, src), (second, dst) = frame(a), frame(b)
        assert not ff.flipped_triangles(src, dst, triangles).any()
        flow, valid = ff.synthesize(src, dst, SIZE, triangles, return_valid=True)
        assert np.linalg.norm(flow, axis=2).max() > 0.5
        assert valid.all()
        assert error(first, second, flow, valid) < 1.0


def test_repaired_frames_are_counted(tmp_path: Path) -> None:
    """A mouth that turns inside out is held back in its frame, said there and in the totals."""
    faces = make_faces(tmp_path, frames=3, size=SIZE)
    points = faces.points("002")
    points[[62, 66]] = points[[66, 62]]
    write_points(faces.text("002"), points)
    ended = gen(faces, "--images", "rendered")
    assert ended.code == 0
    assert "; 1 repaired where they would have folded\n" in ended.out
    frames = by_name(record(faces)["frames"])
    assert [frames[name]["status"] for name in frames] == ["ok"] * 3
    assert frames["002"]["repaired"] >= 2
    assert frames["001"]["repaired"] == frames["003"]["repaired"] == 0
    assert all(pair["flipped"] == 0 for pair in record(faces)["pairs"])


@pytest.mark.parametrize("options", [{"workers": 2}, {"workers": 4, "viz": "mesh"}])
def test_workers_make_no_difference(
    faces: Faces, whole: dict[str, bytes], tmp_path: Path, options: dict[str, Any]
) -> None:
    """The same bytes, whoever makes which frame."""
    generate(faces, tmp_path, direction="both", **RENDERED, **options)
    made = {name: data for name, data in tree(tmp_path).items() if "viz" not in name}
    alike = {name for name, data in whole.items() if made.get(name) == data}
    assert set(whole) - alike <= {"dataset.json", "report.html"}


def test_shards_hold_the_same(faces: Faces, tmp_path: Path) -> None:
    """Images, flow and validity of shards are those of files."""
    shards = tmp_path / "shards"
    generate(faces, shards, writer="shards", selection={"subjects": "F2"}, **RENDERED)
    generate(faces, tmp_path / "files", selection={"subjects": "F2"}, **RENDERED)
    one, other = ff.open_dataset(shards), ff.open_dataset(tmp_path / "files")
    assert len(one) == len(other) == 39
    for i in (0, 20, 38):
        np.testing.assert_array_equal(one[i].frames, other[i].frames)
        np.testing.assert_array_equal(one[i].flow, other[i].flow)
        assert one[i].valid.all()


def test_export_there_and_back(faces: Faces, whole: dict[str, bytes], tmp_path: Path) -> None:
    """Into shards and out again images, landmarks and records stay, and all is sound."""
    assert run("faceflow", "export", faces.output, tmp_path / "shards").code == 0
    assert run("faceflow", "export", tmp_path / "shards", tmp_path / "files").code == 0
    back = tree(tmp_path / "files")
    kept = {n: data for n, data in whole.items() if n.endswith((".png", ".csv", "sequence.json"))}
    assert kept.items() <= back.items()
    for dataset in (faces.output, tmp_path / "shards", tmp_path / "files"):
        ended = run("faceflow", "check", dataset, "--deep")
        assert (ended.code, ended.out.splitlines()[-1]) == (0, "sound"), ended


@pytest.mark.usefixtures("whole")
def test_dataset_tells_the_face_from_the_border(faces: Faces) -> None:
    """Reports show the motion of the face's points alone."""
    landmarks = ff.open_dataset(faces.output)[0].landmarks
    assert landmarks.shape == (2, 76, 2)
    face = DatasetTree.open(faces.output).placement.face(landmarks[0])
    np.testing.assert_array_equal(face, landmarks[0, :68])


def test_a_run_that_was_killed_goes_on(faces: Faces, tmp_path: Path) -> None:
    """To the same bytes, head motion and differences between frames included."""
    drawn = ["--head-motion", "homography", "--vary", "all", "--seed", "3", "--workers", "1"]
    options = ["--images", "rendered", *drawn]
    assert gen(faces, *options, output=tmp_path / "clean").code == 0
    output = tmp_path / "killed"
    process = start("faceflow-gen", faces.images, output, "--size", "source", *options)
    while len(list(output.glob("*/flow_*/*.flo"))) < 45 and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert gen(faces, *options, output=output).code == 0
    assert tree(output) == tree(tmp_path / "clean")


def test_frames_without_landmarks_are_failures_and_show_the_photograph(tmp_path: Path) -> None:
    """The photograph is the first good frame; later images are not needed."""
    faces = make_faces(tmp_path, frames=5, size=SIZE)
    faces.text("001").unlink()
    faces.text("004").write_text("1 2\n")
    faces.image("005").write_bytes(b"no image")
    totals = generate(faces, **RENDERED)["totals"]
    assert totals["frames"] == {"ok": 3, "failed": 2, "skipped": 0}
    assert totals["frame_reasons"] == {"bad_landmarks": 1, "missing_landmarks": 1}
    folder = faces.output / "F001" / "flow_T1"
    for name in ("001", "002", "004"):
        image = read_image(folder / f"{name}.png")
        np.testing.assert_array_equal(image, read_image(faces.image("002")))
    assert (read_image(folder / "005.png") != read_image(faces.image("002"))).any()


def test_sequence_without_a_good_frame_fails_as_real_ones_do(tmp_path: Path) -> None:
    """Each frame for its own reason."""
    faces = make_faces(tmp_path, frames=3)
    for frame in ("001", "002", "003"):
        faces.text(frame).unlink()
    ended = gen(faces, "--images", "rendered")
    assert ended.code == 1
    assert "frames: 0 ok, 3 failed, 0 skipped (missing_landmarks 3)" in ended.out


def test_points_of_any_number(tmp_path: Path) -> None:
    """Five are rendered as 68 are."""
    faces = make_faces(tmp_path, frames=3, size=SIZE)
    for frame in ("001", "002", "003"):
        write_points(faces.text(frame), faces.points(frame)[[36, 45, 30, 48, 54]])
    assert generate(faces, **RENDERED)["totals"]["pairs"]["ok"] == 2
    sample = ff.open_dataset(faces.output)[1]
    assert sample.valid.all()
    assert error(*sample.frames, sample.flow, sample.valid) < 1.0


def test_foreheads_move_with_the_head(tmp_path: Path) -> None:
    """With --extend forehead its points are rendered too; the border's are, whatever is asked."""
    faces = make_faces(tmp_path, frames=3, size=SIZE)
    generate(faces, extend="forehead", **RENDERED)
    sample = ff.open_dataset(faces.output)[1]
    assert sample.landmarks.shape == (2, 68 + 7 + 8, 2)
    assert sample.valid.all()
    assert error(*sample.frames, sample.flow, sample.valid) < 1.0


def test_changed_photograph_is_rendered_anew(tmp_path: Path) -> None:
    """As any image that changes."""
    faces = make_faces(tmp_path, frames=3)
    generate(faces, **RENDERED)
    write_image(faces.image("001"), texture((64, 48), 77))
    generate(faces, **RENDERED)
    generate(faces, tmp_path / "clean", **RENDERED)
    assert tree(faces.output) == tree(tmp_path / "clean")


def test_variation_leaves_the_photograph_and_the_flow(faces: Faces, tmp_path: Path) -> None:
    """Frames differ, labels do not."""
    options = {**RENDERED, "selection": {"subjects": "F1", "limit": 5}}
    generate(faces, tmp_path / "plain", **options)
    options["rendering"] = RenderOptions("rendered", vary="brightness,noise")
    generate(faces, tmp_path / "varied", **options)
    plain, varied = ff.open_dataset(tmp_path / "plain"), ff.open_dataset(tmp_path / "varied")
    np.testing.assert_array_equal(varied[0].frames[0], plain[0].frames[0])
    for i in range(5):
        np.testing.assert_array_equal(varied[i].flow, plain[i].flow)
        assert (varied[i].frames[1] != plain[i].frames[1]).mean() > 0.5


def test_a_video_is_rendered_from_its_first_frame(tmp_path: Path) -> None:
    """Its landmarks stand in files, by its frames' numbers."""
    pytest.importorskip("av")
    faces = make_faces(tmp_path, frames=3, size=SIZE)
    images = sorted((faces.images / "F001" / "T1").iterdir())
    video = str(faces.images / "F001" / "T1.avi")
    writer = cv2.VideoWriter(video, cv2.VideoWriter.fourcc(*"MJPG"), 25, SIZE[::-1])
    for number, image in enumerate(images, 1):
        writer.write(cv2.imread(str(image)))
        faces.text(f"{number:03}").rename(faces.text(f"{number:06}"))
    writer.release()
    shutil.rmtree(faces.images / "F001" / "T1")
    assert generate(faces, **RENDERED)["totals"]["pairs"]["ok"] == 2
    sample = ff.open_dataset(faces.output)[0]
    assert error(*sample.frames, sample.flow, sample.valid) < 1.0
