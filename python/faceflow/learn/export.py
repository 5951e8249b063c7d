"""The face network as ONNX, which OpenCV runs without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from faceflow.errors import ConfigError
from faceflow.files import StrPath, atomic_write
from faceflow.flow.local_motion import CHANNELS
from faceflow.learn.networks.face import SLOPE, FaceFlowNet, connect
from faceflow.methods.correction import OUTPUTS

_OPSET = 13  # OpenCV 4.10 knows it
_IR_VERSION = 8


def export_onnx(network: FaceFlowNet, path: StrPath) -> None:
    """Write a face network as ONNX.

    The graph takes ``features``, (1, 28, H/2, W/2) float32, of any H and W that 16 divides, and
    gives ``output``, (1, 6, H/2, W/2).

    Parameters
    ----------
    network
        The trained network.
    path
        The file; it is replaced whole.

    Raises
    ------
    ConfigError
        The package onnx is not installed.
    OSError
        The file cannot be written.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise ConfigError("exporting to ONNX needs onnx: pip install 'faceflow[train]'") from error
    nodes = _Nodes(onnx, network)
    nodes.result = connect(nodes, "features")
    atomic_write(Path(path), nodes.model().SerializeToString())


class _Nodes:
    """Makes nodes of ONNX; see `networks.face.Maker`. What flows through them is a name."""

    def __init__(self, onnx: Any, network: FaceFlowNet) -> None:
        self._onnx, self._network = onnx, network
        self._nodes: list[Any] = []
        self._values: list[Any] = []
        self.result = ""

    def conv(
        self, name: str, filters: int, kernel: int = 3, stride: int = 1
    ) -> Callable[[str], str]:
        def through(x: str) -> str:
            before = self._convolution(name, x, f"{name}_linear", kernel, stride)
            return self._node("LeakyRelu", [before], name, alpha=SLOPE)

        return through

    def output(self, name: str, filters: int) -> Callable[[str], str]:
        return lambda x: self._convolution(name, x, name, 3, 1)

    def double(self, name: str) -> Callable[[str], str]:
        def through(x: str) -> str:
            scales = self._value(f"{name}_scales", np.array([1, 1, 2, 2], np.float32))
            how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            return self._node("Resize", [x, "", scales], name, mode="nearest", **how)

        return through

    def join(self, name: str) -> Callable[[list[str]], str]:
        return lambda parts: self._node("Concat", parts, name, axis=1)

    def model(self) -> Any:
        """The model of all nodes made so far."""
        helper, float32 = self._onnx.helper, self._onnx.TensorProto.FLOAT
        given = helper.make_tensor_value_info("features", float32, [1, CHANNELS, "h", "w"])
        found = helper.make_tensor_value_info(self.result, float32, [1, OUTPUTS, "h", "w"])
        graph = helper.make_graph(self._nodes, "face", [given], [found], self._values)
        opset = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
        model.producer_name = "faceflow"
        self._onnx.checker.check_model(model)
        return model

    def _convolution(self, name: str, x: str, out: str, kernel: int, stride: int) -> str:
        kernels, offsets = self._network.get_layer(name).get_weights()
        weights = self._value(f"{name}_weights", np.transpose(kernels, (3, 2, 0, 1)))
        bias = self._value(f"{name}_bias", offsets)
        # Keras pads even sides at their ends only where the stride is 2.
        before, after = (0, 0) if kernel == 1 else (0, 1) if stride == 2 else (1, 1)
        return self._node(
            "Conv",
            [x, weights, bias],
            out,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
        )

    def _value(self, name: str, value: Any) -> str:
        array = np.ascontiguousarray(value, np.float32)
        self._values.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def _node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        node = self._onnx.helper.make_node(kind, inputs, [name], name=name, **attributes)
        self._nodes.append(node)
        return name
