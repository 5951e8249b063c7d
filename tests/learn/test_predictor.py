"""Flow of frames of any size, by networks whose prediction is known."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from fresh_python import run_python
from keras2_file import weights_of, write_keras2
from network_samples import make_network
from seeing_network import make_seeing, ramps

import faceflow as ff
from faceflow.errors import ArrayError, ModelFileError
from faceflow.learn.networks import PRESETS
from faceflow.learn.networks.shapes import weight_shapes
from faceflow.learn.predictor import FlowModel
from faceflow.types import AnyArray, Size

SIZE = (150, 260)
LANDMARKS = np.array([[60.0, 40.0], [190.5, 50.0], [120.0, 110.2]])
BOX = (slice(30, 122), slice(50, 202))  # 10 px around them


def assert_flow(flow: AnyArray, expected: AnyArray, scale: tuple[float, float]) -> None:
    """Up to what whole grey levels and the ends of ramps leave."""
    assert flow.dtype == np.float32
    assert flow.shape == expected.shape
    end = math.ceil(2 * max(scale))
    off = np.abs(flow - expected * scale)[end:-end, end:-end]
    assert off.max() < 0.2 * max(scale)
    assert off.mean() < 0.05 * max(scale)


@pytest.mark.parametrize("size", [SIZE, (64, 128), (480, 90), (700, 900)])
def test_flow_is_in_pixels_of_the_frames(size: Size) -> None:
    """Of any size: those of the prediction's grid, times the frame's size over its."""
    frame, predicted = ramps(size)
    model = FlowModel(make_seeing(height=64, width=128, width_multiplier=0.1))
    flow = model(frame, np.zeros_like(frame))
    assert_flow(flow, predicted, (size[1] / 64, size[0] / 32))


@pytest.mark.parametrize("both", [False, True])
def test_flow_of_a_face_is_in_its_box_alone(both: bool) -> None:
    """Scaled by box over grid; of landmarks of both frames the first one's count."""
    frame, predicted = ramps(SIZE)
    model = FlowModel(make_seeing(height=64, width=128, width_multiplier=0.1))
    landmarks = np.stack([LANDMARKS, LANDMARKS + 50]) if both else LANDMARKS
    flow = model(frame, frame, landmarks)
    assert_flow(flow[BOX], predicted[BOX], (152 / 64, 92 / 32))
    flow[BOX] = 0
    assert not flow.any()


@pytest.mark.parametrize("landmarks", [None, LANDMARKS])
def test_published_scale_is_the_whole_frames(landmarks: AnyArray | None) -> None:
    """u * 1.5 and v * 2.667 at 512x384, whatever the network was shown."""
    frame, predicted = ramps(SIZE)
    model = FlowModel(make_seeing(height=64, width=128, width_multiplier=0.1, vectors="frame"))
    flow = model(frame, frame, landmarks)
    part = BOX if landmarks is not None else (slice(None), slice(None))
    at_paper = 1.5, 512 / 192
    assert_flow(flow[part], predicted[part], (at_paper[0] * 260 / 384, at_paper[1] * 150 / 512))


def test_published_file_predicts_known_motion(tmp_path: Path) -> None:
    """Weights as they are published, of the whole network, and a motion as they have learnt it."""
    weights = weights_of(make_seeing(**PRESETS["paper"]))
    write_keras2(tmp_path / "cp.ckpt", weights, compression=1)
    frame, predicted = ramps((512, 384))
    flow = ff.load_model(tmp_path / "cp.ckpt")(frame, frame)
    assert_flow(flow, predicted, (1.5, 512 / 192))


def test_second_frame_is_looked_at() -> None:
    """The two frames are not taken for one another."""
    model = FlowModel(make_network(height=64, width=64))
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, 64, 64, 3)).astype(np.uint8)
    flows = [model(first, first), model(first, second), model(second, first)]
    assert all((flows[i] != flows[j]).any() for i, j in ((0, 1), (0, 2), (1, 2)))


def test_threads_share_a_model() -> None:
    """Each gets its own flow, the same in every bit."""
    model = FlowModel(make_network(height=64, width=64))
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (12, 50, 70, 3)).astype(np.uint8)
    expected = [model(frame, frames[0]) for frame in frames]
    with ThreadPoolExecutor(6) as pool:
        flows = pool.map(lambda frame: model(frame, frames[0]), frames)
        for flow, alone in zip(flows, expected, strict=True):
            np.testing.assert_array_equal(flow, alone)


LOADING = """
import warnings
warnings.resetwarnings()
import re
from pathlib import Path
import faceflow

def peak():
    return re.search(r"VmHWM:\\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1]

faceflow.load_model({folder!r} + "/ours.keras")
print(peak())
try:
    faceflow.load_model({folder!r} + "/forged.keras")
except faceflow.errors.ModelFileError as error:
    print(peak(), error)
"""
FRAME = np.zeros((40, 50, 3), np.uint8)


@pytest.mark.parametrize(
    ("first", "second", "landmarks", "message"),
    [
        (FRAME[:3], FRAME[:3], None, r"first is \(3, 50, 3\) uint8, sides of at least 4 are taken"),
        (FRAME, FRAME[1:], None, "one size is taken"),
        (FRAME[..., 0], FRAME[..., 0], None, r"first is \(40, 50\) uint8, \(H, W, 3\) uint8 is"),
        (FRAME, FRAME, LANDMARKS[:2], "landmarks has 2 points|landmarks is"),
        (FRAME, FRAME, LANDMARKS + 500, "no landmark is within 10 px of the frame of 40x50"),
        (FRAME, FRAME, LANDMARKS * np.nan, r"landmarks\[0\] is not finite"),
        (FRAME, FRAME, np.stack([LANDMARKS] * 3), r"landmarks is \(3, 3, 2\) float64"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(
    first: AnyArray, second: AnyArray, landmarks: AnyArray | None, message: str
) -> None:
    """In one line that says what is taken."""
    model = FlowModel(make_network(height=64, width=64))
    with pytest.raises(ArrayError, match=message):
        model(first, second, landmarks)


def test_model_is_loaded_from_its_file_or_its_run(tmp_path: Path) -> None:
    """And is found by evaluations under the name model."""
    network = make_network(height=64, width=64, vectors="frame")
    network.compile("adam", loss="mse")  # what only training needs is left out
    (tmp_path / "run").mkdir()
    network.save(tmp_path / "run" / "model.keras")
    entry = EntryPoint("model", "faceflow.learn.models:load_model", "faceflow.estimators")
    frame, other = np.random.default_rng(0).integers(0, 256, (2, 50, 70, 3)).astype(np.uint8)
    expected = FlowModel(network)(frame, other)
    for path in ("run", "run/model.keras"):
        for load in (ff.load_model, entry.load()):
            np.testing.assert_array_equal(load(str(tmp_path / path))(frame, other), expected)


def of_another_kind(path: Path) -> None:
    inputs = keras.Input((2,))
    keras.Model(inputs, keras.layers.Dense(1)(inputs)).save(path)


def change_archive(
    path: Path, weights: Callable[[h5py.File], None] | None = None, **changes: object
) -> None:
    """A narrow network's archive, with another configuration, or other weights."""
    make_network(height=64, width=64).save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    configuration = json.loads(members["config.json"])
    configuration["config"] |= changes
    members["config.json"] = json.dumps(configuration).encode()
    if weights is not None:
        stored = io.BytesIO(members["model.weights.h5"])
        with h5py.File(stored, "a") as file:
            weights(file)
        members["model.weights.h5"] = stored.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def archive_of(path: Path, configuration: bytes, damage: bytes = b"") -> None:
    """An archive with this configuration, whose packed bytes begin with the damage."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", configuration)
    if damage:
        start = zipfile.sizeFileHeader + len("config.json")
        data = path.read_bytes()
        path.write_bytes(data[:start] + damage + data[start + len(damage) :])


@pytest.mark.parametrize(
    ("configuration", "damage", "message"),
    [
        (b"[1]", b"", "is no model of Keras: config.json has no values"),
        (b'"x"', b"", "is no model of Keras: config.json has no values"),
        (b"3", b"", "is no model of Keras: config.json has no values"),
        (b"null", b"", "is no model of Keras: config.json has no values"),
        (b"[" * 100_000, b"", "is no model of Keras: "),
        (b"{}", b"", "holds a model None, 'faceflow>FlowNetS' is taken"),
        (b'{"a": 1}' * 99, b"\xff\xff\xff", "is no model of Keras: Error -3"),
        (b'{"registered_name": "faceflow>FlowNetS", "config": 3}', b"", "is no model of Keras"),
        (
            b'{"registered_name": "faceflow>FlowNetS", "config": {"width_multiplier": 1%s}}'
            % (b"0" * 400),
            b"",
            "its configuration is not taken: width_multiplier is 1000",
        ),
    ],
    ids=range(9),
)
def test_damaged_archives_are_refused(
    tmp_path: Path, configuration: bytes, damage: bytes, message: str
) -> None:
    """In one line, wherever the damage is."""
    archive_of(tmp_path / "a.keras", configuration, damage)
    with pytest.raises(ModelFileError) as caught:
        ff.load_model(tmp_path / "a.keras")
    assert message in str(caught.value)
    assert str(tmp_path / "a.keras") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_compressed_weights_are_refused(tmp_path: Path) -> None:
    """Of a few bytes they may become gigabytes; Keras compresses none."""
    make_network(height=64, width=64).save(tmp_path / "a.keras")
    with (
        zipfile.ZipFile(tmp_path / "a.keras") as ours,
        zipfile.ZipFile(tmp_path / "b.keras", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in ours.namelist():
            packed.writestr(name, ours.read(name))
    with pytest.raises(ModelFileError, match=r"b\.keras: model\.weights\.h5 is compressed"):
        ff.load_model(tmp_path / "b.keras")


def first_layer(file: h5py.File) -> None:
    """The first layer is as wide as the configuration says, no other is."""
    group = file["layers/conv2d/vars"]
    for name, shape in (("0", (7, 7, 3, 256)), ("1", (256,))):
        del group[name]
        group[name] = np.zeros(shape, np.float32)


def without_numbers(compression: int | None) -> Callable[[h5py.File], None]:
    """All layers are, of numbers that the file has not."""

    def forge(file: h5py.File) -> None:
        for group in [kind["vars"] for kind in file["layers"].values() if len(kind["vars"])]:
            for number, shape in enumerate(weight_shapes(4.0)[group.attrs["name"]]):
                del group[str(number)]
                group.create_dataset(str(number), shape, np.float32, compression=compression)

    return forge


@pytest.mark.parametrize(
    ("forge", "message"),
    [
        (None, "layer conv1 has weights of [(7, 7, 3, 6), (6,)], [(7, 7, 3, 256), (256,)] is"),
        (first_layer, "layer conv2 has weights of [(5, 5, 6, 13), (13,)], [(5, 5, 256, 512)"),
        (without_numbers(None), "neither compressed nor left out, is taken"),
        (without_numbers(9), "neither compressed nor left out, is taken"),
    ],
    ids=["configuration", "first layer", "left out", "compressed"],
)
def test_no_network_is_allocated_for_other_weights(
    tmp_path: Path, forge: Callable[[h5py.File], None] | None, message: str
) -> None:
    """All layers are compared before, and the file has every byte: at width 4 it would be 3 GB."""
    make_network(height=64, width=64).save(tmp_path / "ours.keras")
    change_archive(tmp_path / "forged.keras", forge, width_multiplier=4.0)
    done = run_python(LOADING.format(folder=str(tmp_path)))
    assert done.returncode == 0, done.stderr
    before, refused = done.stdout.splitlines()
    after, said = refused.split(" ", 1)
    assert message in said
    assert int(after) - int(before) < 200_000  # kB


def test_files_of_anything_else_are_refused(tmp_path: Path) -> None:
    """Each in one line with the file's name and what is taken, before anything is built of it."""
    of_another_kind(tmp_path / "other.keras")
    change_archive(tmp_path / "huge.keras", width_multiplier=1e9)
    change_archive(tmp_path / "odd.keras", lambda_="print()")
    change_archive(tmp_path / "wide.keras", width_multiplier=0.2)
    make_network(height=64, width=64).save_weights(tmp_path / "a.weights.h5")
    (tmp_path / "notes.txt").write_text("notes")
    with zipfile.ZipFile(tmp_path / "empty.keras", "w") as archive:
        archive.writestr("a", "b")
    (tmp_path / "folder").mkdir()
    expected = {
        "other.keras": "holds a model 'Functional', 'faceflow>FlowNetS' is taken",
        "huge.keras": "width_multiplier is 1000000000.0, over 0 and up to 4 is taken",
        "odd.keras": "its configuration is not taken",
        "wide.keras": "layer conv1 has weights of [(7, 7, 3, 6), (6,)], [(7, 7, 3, 13), (13,)] is",
        "a.weights.h5": "holds no model: .keras files, folders of training runs and Keras 2.3",
        "notes.txt": "holds no model",
        "empty.keras": "is no model of Keras",
        "folder": "model.keras cannot be read: No such file or directory",
        "nothing": "cannot be read: No such file or directory",
    }
    for name, message in expected.items():
        with pytest.raises(ModelFileError) as caught:
            ff.load_model(tmp_path / name)
        assert message in str(caught.value)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)
