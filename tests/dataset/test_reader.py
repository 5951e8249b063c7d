"""Datasets read back: samples are what the files hold."""

from __future__ import annotations

import json
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from faces import Faces, make_faces, moving_face
from generation import generate

import faceflow as ff
from faceflow.dataset.reader import Names
from faceflow.errors import DatasetError, FlowFileError
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import encode_image_csv
from faceflow.opencv import cv2


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    """Two sequences of 11 frames, so that natural order shows."""
    names = [str(i) for i in range(1, 12)]
    return make_faces(tmp_path, ("S10", "S9"), frames=names)


def make_one(tmp_path: Path, **options: object) -> Faces:
    """A sequence of three frames, and its dataset."""
    faces = make_faces(tmp_path)
    generate(faces, **options)
    return faces


def test_samples_are_counted_and_naturally_ordered(faces: Faces) -> None:
    """The order is that of time, and the same on every machine."""
    generate(faces)
    dataset = ff.open_dataset(faces.output)
    expected = [
        Names(subject, "T1", str(i), str(i + 1)) for subject in ("S9", "S10") for i in range(1, 11)
    ]
    assert len(dataset) == 20
    assert [sample.names for sample in dataset] == expected


def test_index_and_slice_as_those_of_a_list(faces: Faces) -> None:
    """Negative indices, steps, and an end."""
    generate(faces)
    dataset = ff.open_dataset(str(faces.output))
    names = [sample.names for sample in dataset]
    assert [sample.names for sample in dataset[15:3:-4]] == names[15:3:-4]
    assert dataset[-1].names == names[-1]
    with pytest.raises(IndexError):
        dataset[20]


@pytest.mark.parametrize("flow_format", ["flo", "kitti", "npz"])
@pytest.mark.parametrize("image_format", ["jpg", "png"])
def test_sample_equals_its_files(tmp_path: Path, flow_format: str, image_format: str) -> None:
    """Frames, flow, validity and landmarks, each as another reader sees it."""
    faces = make_one(tmp_path, flow_format=flow_format, image_format=image_format)
    folder = faces.output / "F001" / "flow_T1"
    suffix = {"flo": ".flo", "kitti": "_flow.png", "npz": ".npz"}[flow_format]
    sample = ff.open_dataset(faces.output)[1]
    for frame, name in zip(sample.frames, ("002", "003"), strict=True):
        blue_green_red = cv2.imread(str(folder / f"{name}.{image_format}"))
        assert np.array_equal(frame, blue_green_red[..., ::-1])
    flow, valid = ff.read_flow(folder / f"002{suffix}", return_valid=True)
    assert np.array_equal(sample.flow, flow, equal_nan=True)
    assert np.array_equal(sample.valid, valid)
    assert 0 < valid.sum() < valid.size
    for points, name in zip(sample.landmarks, ("002", "003"), strict=True):
        np.testing.assert_allclose(points, faces.points(name), rtol=0, atol=0.00051)


def test_types_are_those_documented(tmp_path: Path) -> None:
    """Red-green-blue bytes, float32 flow, bool validity, float64 landmarks."""
    sample = ff.open_dataset(make_one(tmp_path).output)[0]
    assert (sample.frames.shape, sample.frames.dtype) == ((2, 64, 48, 3), np.uint8)
    assert (sample.flow.shape, sample.flow.dtype) == ((64, 48, 2), np.float32)
    assert (sample.valid.shape, sample.valid.dtype) == ((64, 48), np.bool_)
    assert (sample.landmarks.shape, sample.landmarks.dtype) == ((2, 68, 2), np.float64)


def test_validity_of_zeros_comes_from_the_mask(tmp_path: Path) -> None:
    """With --outside zero a pixel of no ground truth looks like one that stands still."""
    faces = make_one(tmp_path)
    generate(faces, tmp_path / "zero", outside="zero")
    known, zero = ff.open_dataset(faces.output)[0], ff.open_dataset(tmp_path / "zero")[0]
    assert np.array_equal(zero.valid, known.valid)
    assert np.array_equal(zero.flow[zero.valid], known.flow[known.valid])
    assert not zero.flow[~zero.valid].any()


def test_pixels_of_no_ground_truth_are_nan(tmp_path: Path) -> None:
    """Neither 1e10 nor anything else that a loss could take for flow."""
    faces = make_one(tmp_path)
    sample = ff.open_dataset(faces.output)[0]
    assert np.isnan(sample.flow[~sample.valid]).all()
    assert np.abs(sample.flow[sample.valid]).max() < 10


@pytest.mark.parametrize("from_first", [False, True])
def test_backward_pairs_are_samples_of_their_own(tmp_path: Path, from_first: bool) -> None:
    """Frames, landmarks and flow all run from the later frame to the earlier."""
    faces = make_one(tmp_path, direction="both", from_first=from_first)
    dataset = ff.open_dataset(faces.output)
    assert len(dataset) == 4
    forward, backward = dataset[2], dataset[3]
    assert backward.names[2:] == forward.names[:1:-1]
    assert np.array_equal(backward.frames, forward.frames[::-1])
    assert np.array_equal(backward.landmarks, forward.landmarks[::-1])
    triangles = ff.triangulate(faces.points("001"))
    points = [faces.points(name) for name in backward.names[2:]]
    expected = ff.synthesize(*points, (64, 48), triangles)
    assert np.array_equal(backward.flow, expected, equal_nan=True)


def test_pairs_that_failed_are_no_samples(tmp_path: Path) -> None:
    """Training never sees what has no ground truth."""
    faces = make_faces(tmp_path, frames=5)
    faces.text("003").unlink()
    generate(faces)
    names = [(s.names.first, s.names.second) for s in ff.open_dataset(faces.output)]
    assert names == [("001", "002"), ("004", "005")]


def test_dataset_can_be_moved(tmp_path: Path) -> None:
    """Nothing in it depends on where it was made."""
    faces = make_one(tmp_path)
    before = ff.open_dataset(faces.output)[0]
    shutil.move(faces.output, tmp_path / "moved")
    assert np.array_equal(ff.open_dataset(tmp_path / "moved")[0].frames, before.frames)


def test_dataset_works_in_other_processes(tmp_path: Path) -> None:
    """As PyTorch's DataLoader sends it to its workers."""
    faces = make_one(tmp_path)
    dataset = ff.open_dataset(faces.output)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        samples = list(pool.map(dataset.__getitem__, range(2)))
    for there, here in zip(samples, dataset, strict=True):
        assert there.names == here.names
        assert np.array_equal(there.frames, here.frames)
        assert np.array_equal(there.flow, here.flow, equal_nan=True)
    assert len(pickle.loads(pickle.dumps(dataset))) == 2


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("flow_T1/001.flo", b""),
        ("flow_T1/001.flo", b"PIEH" + bytes(10)),
        ("flow_T1/001.flo", None),
        ("flow_T1/001.jpg", b""),
        ("flow_T1/002.jpg", b"\xff\xd8\xff"),
        ("flow_T1/002.jpg", None),
        ("flow_T1/001_valid.png", b"\x89PNG"),
        ("T1/001.csv", b"face\n"),
        ("T1/002.csv", None),
        ("T1/002.csv", encode_image_csv([Face(moving_face()[:66])])),
    ],
)
def test_damage_is_told_when_it_is_read(tmp_path: Path, path: str, content: bytes | None) -> None:
    """One of the package's exceptions, on one line, that names the file; other pairs still read."""
    faces = make_one(tmp_path, masks=True)
    damaged = faces.output / "F001" / path
    damaged.unlink() if content is None else damaged.write_bytes(content)
    dataset = ff.open_dataset(faces.output)
    with pytest.raises((DatasetError, FlowFileError)) as caught:
        dataset[0]
    assert str(caught.value).isprintable()
    assert damaged.name in str(caught.value)
    if "002" not in path:
        assert dataset[1].names.first == "002"


def test_files_of_different_sizes_are_told(tmp_path: Path) -> None:
    """An image resized by somebody else no longer belongs to its flow."""
    faces = make_one(tmp_path)
    path = faces.output / "F001" / "flow_T1" / "002.jpg"
    cv2.imwrite(str(path), np.zeros((32, 48, 3), np.uint8))
    with pytest.raises(DatasetError, match=r"001\.flo: flow, mask and images differ in size"):
        ff.open_dataset(faces.output)[0]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"configuration": 7}', b'{"configuration": {"flow_format": "avi"}}'],
)
def test_dataset_of_a_damaged_configuration_is_refused(tmp_path: Path, content: bytes) -> None:
    """Guessing its formats would read other files, or none."""
    faces = make_one(tmp_path)
    (faces.output / "dataset.json").write_bytes(content)
    with pytest.raises(DatasetError, match=r"dataset\.json"):
        ff.open_dataset(faces.output)


def test_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    """The images' folder in place of the output's, say."""
    faces = make_faces(tmp_path)
    with pytest.raises(DatasetError, match=r"dataset\.json cannot be read: No such file"):
        ff.open_dataset(faces.images)


def test_damaged_record_is_told(tmp_path: Path) -> None:
    """A dataset that looks smaller than it is would be worse."""
    faces = make_one(tmp_path)
    path = faces.output / "F001" / "T1" / "sequence.json"
    fields = json.loads(path.read_text())
    fields["pairs"][0]["first"] = "no such frame"
    path.write_text(json.dumps(fields))
    with pytest.raises(DatasetError, match=r"sequence\.json"):
        ff.open_dataset(faces.output)
