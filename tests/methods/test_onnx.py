"""Any exported network as a method: how frames go in, and how flow comes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from command import run
from faces import texture, write_image
from onnx import TensorProto, helper, numpy_helper

import faceflow as ff
from faceflow.errors import ArrayError, ConfigError
from faceflow.methods.registry import open_estimator

SIZE = (40, 54)
TWO = 'inputs = ["a", "b"]\noutput = "flow"\n'


def write_network(path: Path, toml: str, stride: int = 1, joined: bool = False) -> Path:
    """A network whose flow is (red of the second frame, blue of the first), at a stride."""
    weights = np.zeros((2, 6, stride, stride), np.float32)
    weights[0, 3] = weights[1, 2] = 1 / stride**2
    names = ["both"] if joined else ["a", "b"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 6 // len(names), "h", "w"])
        for name in names
    ]
    nodes = [] if joined else [helper.make_node("Concat", names, ["both"], axis=1)]
    nodes += [helper.make_node("Conv", ["both", "weights"], ["flow"], strides=[stride, stride])]
    output = helper.make_tensor_value_info("flow", TensorProto.FLOAT, [1, 2, "h", "w"])
    values = [numpy_helper.from_array(weights, "weights")]
    graph = helper.make_graph(nodes, "red_and_blue", inputs, [output], values)
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    path.with_suffix(".toml").write_text(toml)
    return path


@pytest.fixture
def frames() -> tuple[np.ndarray, np.ndarray]:
    return texture(SIZE, 1), texture(SIZE, 2)


@pytest.mark.parametrize("joined", [False, True])
def test_frames_go_in_as_declared(tmp_path: Path, frames: tuple, joined: bool) -> None:
    """Red-green-blue, first before second, scaled: the flow is made of their values."""
    toml = 'inputs = ["both"]\noutput = "flow"\n' if joined else TWO
    path = write_network(tmp_path / "n.onnx", toml + "scale = 0.5\noffset = -1\n", joined=joined)
    first, second = frames
    flow = ff.estimate_flow(first, second, method=f"onnx:{path}")
    expected = np.stack([second[..., 0], first[..., 2]], axis=-1) * np.float32(0.5) - 1
    np.testing.assert_allclose(flow, expected, rtol=1e-6)


def test_blue_comes_first_where_it_is_declared(tmp_path: Path, frames: tuple) -> None:
    """Networks of OpenCV's world take colours the other way round."""
    path = write_network(tmp_path / "n.onnx", TWO + 'colours = "bgr"\n')
    flow = ff.estimate_flow(*frames, method=f"onnx:{path}")
    np.testing.assert_array_equal(flow[..., 0], frames[1][..., 2])


@pytest.mark.parametrize(("pixels", "factor"), [("input", 1), ("output", 4)])
def test_coarse_flow_is_brought_to_the_frames(tmp_path: Path, pixels: str, factor: int) -> None:
    """Sides are grown to the multiple and cut again; vectors are in pixels of the frames."""
    toml = TWO + f'multiple = 16\npixels = "{pixels}"\nscale = 0.01\nflow_scale = 3\n'
    path = write_network(tmp_path / "n.onnx", toml, stride=4)
    even = np.full((*SIZE, 3), (50, 0, 100), np.uint8)
    flow = ff.estimate_flow(even, even, method=f"onnx:{path}")
    assert (flow.shape, flow.dtype) == ((*SIZE, 2), np.float32)
    np.testing.assert_allclose(flow, np.full((*SIZE, 2), (1.5, 3)) * factor, rtol=1e-5)


def test_network_of_one_size_gets_frames_of_it(tmp_path: Path) -> None:
    """Flow is stretched with the frames."""
    path = write_network(tmp_path / "n.onnx", TWO + "size = [80, 27]\nscale = 0.01\n")
    even = np.full((*SIZE, 3), (50, 0, 100), np.uint8)
    flow = ff.estimate_flow(even, even, method=f"onnx:{path}")
    np.testing.assert_allclose(flow, np.full((*SIZE, 2), (0.5 * 2, 1 / 2)), rtol=1e-5)


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('inputs = ["a", "b"]\n', "the key 'output' is missing"),
        (TWO + "mean = 3\n", "unknown key 'mean' (choose from colours, flow_scale, inputs"),
        (TWO + 'layout = "HWC"\n', "unknown value 'HWC' for layout (choose from NCHW, NHWC)"),
        (TWO + "multiple = 0\n", "multiple and size must be whole numbers from 1 to 8192"),
        (TWO + "size = [3]\n", "size must be [H, W], got [3]"),
        (TWO + "scale = inf\n", "scale must be a finite number, got inf"),
        (TWO + 'scale = "1"\n', "scale must be a finite number, got '1'"),
        ('inputs = "a"\noutput = "flow"\n', "inputs and size must be lists"),
        ('inputs = ["a", "c"]\noutput = "flow"\n', "must have the input 'c'"),
        ('inputs = ["a", "b"]\noutput = "uv"\n', "must have the output 'uv'"),
        ("inputs = [", "must be TOML"),
    ],
)
def test_wrong_signature_is_told(tmp_path: Path, toml: str, complaint: str) -> None:
    """One line with the file, what is wrong in it, and what is allowed."""
    path = write_network(tmp_path / "n.onnx", toml)
    with pytest.raises(ConfigError) as refused:
        open_estimator(f"onnx:{path}")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_missing_files_are_told(tmp_path: Path) -> None:
    """Without a signature nobody knows how a network takes frames."""
    path = write_network(tmp_path / "n.onnx", TWO)
    path.with_suffix(".toml").unlink()
    with pytest.raises(ConfigError, match=r"cannot read .*n\.toml, which must tell"):
        open_estimator(f"onnx:{path}")
    path.with_suffix(".toml").write_text(TWO)
    path.write_bytes(b"no network")
    with pytest.raises(ConfigError, match=r"cannot read .*n\.onnx as ONNX"):
        open_estimator(f"onnx:{path}")
    with pytest.raises(ConfigError, match="onnx needs a file: onnx:PATH"):
        open_estimator("onnx")


def test_frames_that_the_network_does_not_take_are_told(tmp_path: Path, frames: tuple) -> None:
    """Its own complaint, in one line, as of one pair."""
    path = write_network(tmp_path / "n.onnx", TWO, stride=64)
    with pytest.raises(ArrayError, match="the network takes no frames of"):
        open_estimator(f"onnx:{path}")(*frames)


def test_command_predicts_with_it(tmp_path: Path, frames: tuple) -> None:
    """And says by whose weights: another network's flow is not gone on with."""
    path = write_network(tmp_path / "n.onnx", TWO + "scale = 0.01\n")
    for name, frame in zip("ab", frames, strict=True):
        write_image(tmp_path / f"{name}.png", frame[..., ::-1])
    words = ["predict", tmp_path / "a.png", tmp_path / "b.png", "--out", tmp_path / "out"]
    ended = run("faceflow", *words, "--method", f"onnx:{path}")
    assert ended.code == 0, ended.err
    flow = ff.read_flow(tmp_path / "out" / "a.flo")
    np.testing.assert_array_equal(flow, ff.estimate_flow(*frames, method=f"onnx:{path}"))
    refused = run("faceflow", *words, "--method", "dis")
    assert (refused.code, "made otherwise (model)" in refused.complaint()) == (2, True)
