"""Any exported network as a method: ``onnx:PATH`` (extra ``onnx``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from faceflow.errors import ArrayError, ConfigError, ModelFileError
from faceflow.files import os_reason, read_regular, shown
from faceflow.flow.checks import given
from faceflow.methods.grey import check_frames
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Flow, Image, Size

_LAYOUTS = ("NCHW", "NHWC")
_COLOURS = ("rgb", "bgr")
_PIXELS = ("input", "output")
_MOST_SIDE = 8192
_MOST_TOML_BYTES = 2**16


@dataclass(frozen=True)
class Signature:
    """How a network takes two frames and gives their flow, as the TOML file beside it says.

    Raises
    ------
    ModelFileError
        A value is not allowed.

    Examples
    --------
    >>> Signature(inputs=("image1", "image2"), output="flow", multiple=8).layout
    'NCHW'
    """

    inputs: tuple[str, ...]
    """Names of the first and the second frame; one name where both are joined along channels."""
    output: str
    """Name of the flow."""
    layout: str = "NCHW"
    """Order of the axes, of frames and flow."""
    colours: str = "rgb"
    scale: float = 1.0
    """A frame's values are `scale` * (0 to 255) + `offset`."""
    offset: float = 0.0
    multiple: int = 1
    """Number that both sides must be multiples of; the last row and column are repeated for it."""
    size: Size | None = None
    """(H, W) that frames are resized to, where the network has one size."""
    pixels: str = "input"
    """Whether flow is in pixels of the network's input or of its output, if they differ in size."""
    flow_scale: float = 1.0
    """What the output is multiplied by to be in pixels."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.inputs) <= 2 or not all(isinstance(n, str) for n in self.inputs):
            raise ModelFileError(f"inputs must be one or two names, got {self.inputs!r}")
        for name, allowed in (("layout", _LAYOUTS), ("colours", _COLOURS), ("pixels", _PIXELS)):
            if getattr(self, name) not in allowed:
                choices = ", ".join(allowed)
                raise ModelFileError(
                    f"unknown value {getattr(self, name)!r} for {name} (choose from {choices})"
                )
        for name in ("scale", "offset", "flow_scale"):
            number = getattr(self, name)
            if not isinstance(number, int | float) or not np.isfinite(number):
                raise ModelFileError(f"{name} must be a finite number, got {number!r}")
        sides = (self.multiple, *(self.size or ()))
        if not all(type(side) is int and 1 <= side <= _MOST_SIDE for side in sides):
            raise ModelFileError(
                f"multiple and size must be whole numbers from 1 to {_MOST_SIDE}, got {sides}"
            )
        if self.size is not None and len(self.size) != 2:
            raise ModelFileError(f"size must be [H, W], got {list(self.size)}")

    @classmethod
    def read(cls, path: Path) -> Signature:
        """Read a signature from a TOML file.

        Raises
        ------
        ModelFileError
            The file is missing, or is no signature.
        """
        try:
            table = tomllib.loads(read_regular(str(path), _MOST_TOML_BYTES).decode())
        except OSError as error:
            raise ModelFileError(
                f"cannot read {shown(path)}, which must tell the network's inputs and output: "
                f"{os_reason(error)}"
            ) from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ModelFileError(f"{shown(path)} must be TOML: {error}") from error
        try:
            return cls(**_arguments(table))
        except ModelFileError as error:
            raise ModelFileError(f"{shown(path)}: {error}") from error

    def frame(self, image: Image) -> AnyArray:
        """A frame as the network takes it, float32 with a batch's axis."""
        if self.size is not None and image.shape[:2] != self.size:
            image = np.asarray(cv2.resize(image, self.size[::-1], interpolation=cv2.INTER_AREA))
        down, across = (-side % self.multiple for side in image.shape[:2])
        image = np.pad(image, ((0, down), (0, across), (0, 0)), mode="edge")
        if self.colours == "bgr":
            image = image[..., ::-1]
        values = image.astype(np.float32) * np.float32(self.scale) + np.float32(self.offset)
        if self.layout == "NCHW":
            values = values.transpose(2, 0, 1)
        return np.ascontiguousarray(values[None], np.float32)

    def flow(self, output: AnyArray, seen: Size, frame: Size) -> Flow:
        """The flow in pixels of a frame, from an output for the `seen` size.

        Raises
        ------
        ArrayError
            The output is no flow.
        """
        field = output[0] if output.ndim == 4 and len(output) == 1 else output
        if self.layout == "NCHW" and field.ndim == 3:
            field = field.transpose(1, 2, 0)
        if field.ndim != 3 or field.shape[2] != 2 or not field.size:
            raise ArrayError(
                f"output {self.output!r} must be a flow in {self.layout}, got {given(output)}"
            )
        grown = tuple(-(-side // self.multiple) * self.multiple for side in seen)
        unit = field.shape[:2] if self.pixels == "output" else grown
        flow = np.ascontiguousarray(field, np.float32) * np.float32(self.flow_scale)
        if flow.shape[:2] != grown:
            flow = np.asarray(cv2.resize(flow, grown[::-1], interpolation=cv2.INTER_LINEAR))
        flow = flow * np.array([grown[1] / unit[1], grown[0] / unit[0]], np.float32)
        flow = np.ascontiguousarray(flow[: seen[0], : seen[1]])
        if seen != frame:
            flow = np.asarray(cv2.resize(flow, frame[::-1], interpolation=cv2.INTER_LINEAR))
            flow = flow * np.array([frame[1] / seen[1], frame[0] / seen[0]], np.float32)
        return np.ascontiguousarray(flow, np.float32)


def _arguments(table: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords of `Signature` from a TOML table."""
    known = {field.name for field in fields(Signature)}
    for name in table:
        if name not in known:
            raise ModelFileError(f"unknown key {name!r} (choose from {', '.join(sorted(known))})")
    for name in ("inputs", "output"):
        if name not in table:
            raise ModelFileError(f"the key {name!r} is missing")
    lists = {name: tuple(table[name]) for name in ("inputs", "size") if _is_list(table.get(name))}
    if "inputs" not in lists or ("size" in table and "size" not in lists):
        raise ModelFileError("inputs and size must be lists")
    if not isinstance(table["output"], str):
        raise ModelFileError(f"output must be a name, got {table['output']!r}")
    return {**table, **lists}


def _is_list(value: object) -> bool:
    return isinstance(value, list)


class OnnxMethod:
    """Flow of a network that onnxruntime runs on one core.

    Threads may share one.

    Parameters
    ----------
    path
        The ONNX file; its `Signature` is the file of the same name that ends with ``.toml``.

    Raises
    ------
    ConfigError
        onnxruntime is not installed.
    ModelFileError
        A file cannot be read, or the network has other inputs and outputs than it should.
    """

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ModuleNotFoundError as error:
            raise ConfigError(
                "the method onnx needs onnxruntime: pip install 'faceflow[onnx]'"
            ) from error
        self.signature = Signature.read(path.with_suffix(".toml"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own classes, which are not public
            reason = " ".join(str(error).split())[:200]
            raise ModelFileError(f"cannot read {shown(path)} as ONNX: {reason}") from error
        self._check_names(path)

    def _check_names(self, path: Path) -> None:
        for what, wanted, there in (
            ("input", self.signature.inputs, self._session.get_inputs()),
            ("output", (self.signature.output,), self._session.get_outputs()),
        ):
            names = [value.name for value in there]
            for name in wanted:
                if name not in names:
                    raise ModelFileError(
                        f"{shown(path)} must have the {what} {name!r} that its .toml names, got "
                        f"{', '.join(map(repr, names))}"
                    )

    def __call__(self, first: Image, second: Image) -> Flow:
        """Estimate the flow between two frames, (H, W, 3) uint8 red-green-blue of one size.

        Raises
        ------
        ArrayError
            The frames are not such, or the network does not take them.
        """
        check_frames(first, second)
        size = first.shape[0], first.shape[1]
        frames = [self.signature.frame(frame) for frame in (first, second)]
        names = self.signature.inputs
        if len(names) == 1:
            frames = [np.concatenate(frames, axis=self.signature.layout.index("C"))]
        try:
            (output,) = self._session.run(
                [self.signature.output], dict(zip(names, frames, strict=True))
            )
        except Exception as error:  # onnxruntime's own classes, which are not public
            reason = " ".join(str(error).split())[:200]
            raise ArrayError(f"the network takes no frames of {given(first)}: {reason}") from error
        return self.signature.flow(np.asarray(output), self.signature.size or size, size)


def open_network(path: str | None) -> OnnxMethod:
    """Open the network of ``onnx:PATH``; errors are those of `OnnxMethod`."""
    if path is None:
        raise ConfigError("method onnx needs a file: onnx:PATH")
    return OnnxMethod(Path(path))
