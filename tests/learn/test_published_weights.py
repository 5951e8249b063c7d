"""Weights files of Keras 2.3, and of today's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from fresh_python import run_python
from keras2_file import LAYERS, weights_of, write_keras2
from network_samples import make_inputs, make_network

from faceflow.errors import ModelFileError
from faceflow.learn.networks import FlowNetS
from faceflow.learn.weights import load_weights
from faceflow.types import AnyArray

OPENING = """
import signal
from faceflow.errors import ModelFileError
from faceflow.learn.stored import open_stored

signal.alarm(30)
try:
    with open_stored({path!r}, "a file") as stored:
        print(stored.of_frames)
except ModelFileError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def trained() -> FlowNetS:
    """What has been published, say."""
    return make_network(seed=1, height=64, width=64)


@pytest.fixture
def published(tmp_path: Path, trained: FlowNetS) -> Path:
    """Its file."""
    path = tmp_path / "cp.ckpt"
    write_keras2(path, weights_of(trained))
    return path


@pytest.fixture(scope="module")
def untouched() -> tuple[FlowNetS, list[AnyArray]]:
    """Another network, and its weights."""
    network = make_network(seed=2, height=64, width=64)
    return network, network.get_weights()


@pytest.fixture
def network(untouched: tuple[FlowNetS, list[AnyArray]]) -> FlowNetS:
    """One that is to have the published weights, as it was made."""
    network, weights = untouched
    network.set_weights(weights)
    network.vectors = "crop"
    return network


@pytest.mark.parametrize(("first", "pieces"), [(1, 1), (8, 1), (1, 3)])
def test_published_weights_are_read(
    tmp_path: Path, trained: FlowNetS, network: FlowNetS, first: int, pieces: int
) -> None:
    """Whatever numbers the unnamed layers have (conv2d_10 is after conv2d_9), and however long."""
    write_keras2(tmp_path / "cp.ckpt", weights_of(trained), first, pieces)
    matched = load_weights(network, tmp_path / "cp.ckpt")
    inputs = make_inputs(network)
    expected = trained.predict_on_batch(inputs)
    for name, predicted in network.predict_on_batch(inputs).items():
        np.testing.assert_array_equal(predicted, expected[name])
    assert network.vectors == "frame"
    assert len(matched) == 25
    assert sum(layer.weights for layer in matched) == network.count_params()
    stored_as = {layer.layer: layer.stored_as for layer in matched}
    assert stored_as["iconv4"] == f"conv2d_{first + 2}"
    assert stored_as["conv3_1"] == "conv3_1"


def test_report_names_every_layer(published: Path, network: FlowNetS) -> None:
    """A line each, and what it was called where that is another name."""
    lines = [str(layer) for layer in load_weights(network, published)]
    assert f"conv1: {7 * 7 * 3 * 6 + 6:,} weights" in lines
    assert f"conv6_1 from conv2d_1: {9 * 102 * 102 + 102:,} weights" in lines


def without_layer(weights: dict[str, list[AnyArray]]) -> None:
    del weights["conv4_1"]


def other_shape(weights: dict[str, list[AnyArray]]) -> None:
    weights["conv5"][0] = np.zeros((3, 3, 51, 52), np.float32)


def without_unnamed(weights: dict[str, list[AnyArray]]) -> None:
    del weights["iconv3"]


def without_bias(weights: dict[str, list[AnyArray]]) -> None:
    del weights["iconv5"][1]


def whole_numbers(weights: dict[str, list[AnyArray]]) -> None:
    weights["conv1"][0] = np.zeros((7, 7, 3, 6), "S4")


MISFITS = [
    (without_layer, r"layer conv4_1 is not in it"),
    (
        other_shape,
        r"layer conv5 has weights of \[\(3, 3, 51, 52\), .*\(3, 3, 51, 51\), .* is taken",
    ),
    (
        without_unnamed,
        r"it has 3 layers without a name of their own \(conv2d_1, ...\), 4 are taken",
    ),
    (without_bias, r"layer iconv5 \(conv2d_2 there\) has weights of \[\(1, 1, 104, 102\)\], \["),
    (whole_numbers, r"conv1/kernel:0 is no dataset of numbers"),
]


@pytest.mark.parametrize(("spoil", "message"), MISFITS)
def test_file_that_does_not_fit_is_refused(
    tmp_path: Path,
    trained: FlowNetS,
    network: FlowNetS,
    spoil: Callable[[dict[str, list[AnyArray]]], None],
    message: str,
) -> None:
    """In one line with the first difference; the network stays as it was."""
    weights = weights_of(trained)
    spoil(weights)
    write_keras2(tmp_path / "cp.ckpt", weights)
    check_refused(network, tmp_path / "cp.ckpt", message)


def check_refused(network: FlowNetS, path: Path, message: str) -> None:
    before = network.get_weights()
    with pytest.raises(ModelFileError, match=message) as caught:
        load_weights(network, path)
    assert str(caught.value).count("\n") == 0
    assert str(path) in str(caught.value)
    for weight, kept in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)
    assert network.vectors == "crop"


def test_layer_of_another_network_is_refused(published: Path, network: FlowNetS) -> None:
    """It would be left out otherwise."""
    with h5py.File(published, "a") as file:
        group = file.create_group("dense_1")
        group.attrs["weight_names"] = [b"dense_1/kernel:0"]
        group["dense_1/kernel:0"] = np.zeros((2, 2), np.float32)
        file.attrs["layer_names"] = [name.encode() for name in (*LAYERS.split(), "dense_1")]
    check_refused(network, published, "it has a layer dense_1, which the network has not")


def test_links_to_other_files_are_not_followed(
    published: Path, network: FlowNetS, tmp_path: Path
) -> None:
    """A weights file reads nothing but itself."""
    shutil.copy(published, tmp_path / "other.h5")
    with h5py.File(published, "a") as file:
        del file["conv1/conv1/kernel:0"]
        file["conv1/conv1/kernel:0"] = h5py.ExternalLink("other.h5", "conv1/conv1/kernel:0")
    check_refused(network, published, "conv1/kernel:0 is not in it")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("layers", "a file: layers is not in it"),
        ("layers/conv2d", "a file: conv2d/vars is not in it"),
        ("layers/conv2d/vars/0", "a file: 0 is not in it"),
        ("vars", "None"),
        ("vars/vectors", "None"),
    ],
)
def test_no_other_file_is_looked_for(
    network: FlowNetS, tmp_path: Path, path: str, said: str
) -> None:
    """Not even to see where a link leads: a pipe that nobody writes to would never answer."""
    file_of_ours, pipe = tmp_path / "a.weights.h5", tmp_path / "pipe"
    network.save_weights(file_of_ours)
    os.mkfifo(pipe)
    with h5py.File(file_of_ours, "a") as file:
        del file[path]
        file[path] = h5py.ExternalLink(str(pipe), "/")
    done = run_python(OPENING.format(path=str(file_of_ours)))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{said}\n"


def test_numbers_in_another_file_are_not_read(
    published: Path, network: FlowNetS, tmp_path: Path
) -> None:
    """Neither as raw bytes."""
    (tmp_path / "secret").write_bytes(bytes(7 * 7 * 3 * 6 * 4))
    with h5py.File(published, "a") as file:
        del file["conv1/conv1/kernel:0"]
        raw = [(str(tmp_path / "secret"), 0, h5py.h5f.UNLIMITED)]
        file["conv1/conv1"].create_dataset("kernel:0", (7, 7, 3, 6), "f4", external=raw)
    check_refused(network, published, "conv1/kernel:0 is no dataset of numbers")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 5000, "attribute weight_names of group /conv1 is too long"),
        (b"x" * 5000, "attribute weight_names of group /conv1 is too long"),
        (np.array("x" * 5000, "S"), "attribute weight_names of group /conv1 is no list"),
        (7, "attribute weight_names of group /conv1 is no list"),
    ],
    ids=["text", "bytes", "fixed", "number"],
)
def test_names_are_short(published: Path, network: FlowNetS, name: object, message: str) -> None:
    """However text is stored."""
    with h5py.File(published, "a") as file:
        file["conv1"].attrs["weight_names"] = [name]
    check_refused(network, published, message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 5000, "attribute name of group .* is too long"),
        (np.zeros(1000), "attribute name of group .* is no text"),
        (["conv1"] * 2, "attribute name of group .* is no text"),
    ],
    ids=["long", "numbers", "list"],
)
def test_name_of_a_native_layer_is_one_short_text(
    tmp_path: Path, network: FlowNetS, name: object, message: str
) -> None:
    """As those of published ones are."""
    network.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.weights.h5", "a") as file:
        file["layers/conv2d/vars"].attrs["name"] = name
    check_refused(network, tmp_path / "a.weights.h5", message)


def test_pieces_larger_than_the_weights_are_refused(published: Path, network: FlowNetS) -> None:
    """A piece is allocated whole, though of a few bytes in the file."""
    with h5py.File(published, "a") as file:
        shape = file["conv1/conv1/bias:0"].shape
        del file["conv1/conv1/bias:0"]
        file["conv1/conv1"].create_dataset(
            "bias:0", shape, "f4", maxshape=(None,), chunks=(10**6,), compression=9
        )
    check_refused(network, published, "conv1/bias:0 is no dataset of numbers")


@pytest.mark.parametrize("keep", [10, 1000, 0.3, 0.9])
def test_file_cut_short_is_refused(published: Path, network: FlowNetS, keep: float) -> None:
    """Wherever it ends."""
    data = published.read_bytes()
    published.write_bytes(data[: int(keep if keep > 1 else keep * len(data))])
    check_refused(network, published, ".")


@pytest.mark.parametrize("data", [b"", b"cp.ckpt", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"])
@pytest.mark.parametrize("name", ["cp.ckpt", "a.weights.h5", "a.keras"])
def test_file_of_anything_else_is_refused(
    tmp_path: Path, network: FlowNetS, data: bytes, name: str
) -> None:
    """Whatever its name."""
    (tmp_path / name).write_bytes(data)
    check_refused(network, tmp_path / name, ".")


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras"])
@pytest.mark.parametrize("vectors", ["crop", "frame"])
def test_native_files_are_read(tmp_path: Path, network: FlowNetS, name: str, vectors: str) -> None:
    """Every bit, and what the vectors are."""
    stored = make_network(seed=3, height=64, width=64, vectors=vectors)
    (stored.save if name.endswith(".keras") else stored.save_weights)(tmp_path / name)
    matched = load_weights(network, tmp_path / name)
    for weight, expected in zip(network.get_weights(), stored.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert network.vectors == vectors
    assert len(matched) == 25


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras"])
def test_native_file_of_another_width_is_refused(
    tmp_path: Path, network: FlowNetS, name: str
) -> None:
    """With the network left as it was."""
    stored = make_network(height=64, width=64, width_multiplier=0.2)
    (stored.save if name.endswith(".keras") else stored.save_weights)(tmp_path / name)
    check_refused(network, tmp_path / name, r"layer conv1 has weights of \[\(7, 7, 3, 13\)")


def test_weights_of_a_frame_stay_such_when_saved(published: Path, network: FlowNetS) -> None:
    """Through a weights file of ours."""
    load_weights(network, published)
    path = published.with_name("b.weights.h5")
    network.save_weights(path)
    other = make_network(height=64, width=64)
    load_weights(other, path)
    assert other.vectors == "frame"
