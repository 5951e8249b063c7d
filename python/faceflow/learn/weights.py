"""Weights from files: those that were published, and Keras' own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceflow.errors import ModelFileError
from faceflow.files import StrPath, natural_sorted, open_regular, os_reason, shown
from faceflow.learn.keras2 import StoredWeights, is_stored, open_stored
from faceflow.learn.modelfile import is_archive, read_model
from faceflow.learn.network.flownet import FlowNetS
from faceflow.learn.network.names import UNNAMED

_NATIVE = ".weights.h5"
_NUMBERED = re.compile(r"conv2d(_\d+)?")  # what Keras calls a layer that was given no name


@dataclass(frozen=True)
class MatchedLayer:
    """A layer whose weights were read.

    Examples
    --------
    >>> print(MatchedLayer("iconv5", "conv2d_2", 1051648))
    iconv5 from conv2d_2: 1,051,648 weights
    """

    layer: str
    stored_as: str
    """Its name in the file."""
    weights: int

    def __str__(self) -> str:
        source = "" if self.stored_as == self.layer else f" from {self.stored_as}"
        return f"{self.layer}{source}: {self.weights:,} weights"


def load_weights(model: FlowNetS, path: StrPath) -> list[MatchedLayer]:
    """Read a network's weights from a file; a file that is refused changes nothing.

    Parameters
    ----------
    model
        As the file's was built.
    path
        A weights file of Keras 2.3 (HDF5, as they were published, whatever its name), after which
        the model's `vectors` are ``"frame"``; or a ``.weights.h5`` or ``.keras`` of ours, which
        says what its vectors are.

    Returns
    -------
    matched
        Every layer with weights, in the order of the network.

    Raises
    ------
    ModelFileError
        The file cannot be read, or does not fit: the first difference is named.

    Examples
    --------
    >>> import tempfile
    >>> from faceflow.learn import flownet_s
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = flownet_s(64, 64, width_multiplier=0.05)
    ...     model.save_weights(f"{folder}/a.weights.h5")
    ...     print(load_weights(model, f"{folder}/a.weights.h5")[0])
    conv1: 444 weights
    """
    try:
        open_regular(path).close()
    except OSError as error:
        raise ModelFileError(f"{shown(path)} cannot be read: {os_reason(error)}") from error
    if is_stored(path):
        return _load_published(model, path)
    if is_archive(path):
        return _take_over(model, read_model(path), path)
    if Path(path).name.endswith(_NATIVE):
        return _load_native(model, path)
    raise ModelFileError(
        f"{shown(path)} holds no weights: HDF5 files of Keras 2.3, .weights.h5 and .keras are taken"
    )


def _load_published(model: FlowNetS, path: StrPath) -> list[MatchedLayer]:
    layers = {layer.name: layer for layer in _with_weights(model)}
    with open_stored(path) as stored:
        sources = _sources(list(layers), stored)
        for name, source in sources.items():
            _check_shapes(name, source, stored.shapes(source), _shapes(layers[name]))
        for name, source in sources.items():
            layers[name].set_weights(stored.read(source))
    model.vectors = "frame"
    return [MatchedLayer(name, sources[name], layers[name].count_params()) for name in layers]


def _sources(layers: list[str], stored: StoredWeights) -> dict[str, str]:
    """What each layer is called in the file: by its name, or by its place among the unnamed."""
    numbered = natural_sorted(name for name in stored.layers if _NUMBERED.fullmatch(name))
    if len(numbered) != len(UNNAMED):
        raise ModelFileError(
            f"it has {len(numbered)} layers without a name of their own (conv2d_1, ...), "
            f"{len(UNNAMED)} are taken: {', '.join(UNNAMED)}"
        )
    sources = {name: name for name in layers} | dict(zip(UNNAMED, numbered, strict=True))
    for source in sources.values():
        if source not in stored.layers:
            raise ModelFileError(f"layer {source} is not in it")
    for name in stored.layers:
        if name not in sources.values():
            raise ModelFileError(f"it has a layer {shown(name)}, which the network has not")
    return {name: sources[name] for name in layers}


def _check_shapes(
    name: str, source: str, found: list[tuple[int, ...]], taken: list[tuple[int, ...]]
) -> None:
    if found != taken:
        called = name if source == name else f"{name} ({source} there)"
        raise ModelFileError(f"layer {called} has weights of {found}, {taken} is taken")


def _take_over(model: FlowNetS, other: FlowNetS, path: StrPath) -> list[MatchedLayer]:
    """The weights of another model, layer by layer."""
    others = {layer.name: layer for layer in _with_weights(other)}
    layers = _with_weights(model)
    for layer in layers:
        found = _shapes(others[layer.name]) if layer.name in others else []
        try:
            _check_shapes(layer.name, layer.name, found, _shapes(layer))
        except ModelFileError as error:
            raise ModelFileError(f"{shown(path)}: {error}") from error
    for layer in layers:
        layer.set_weights(others[layer.name].get_weights())
    model.vectors = other.vectors
    return _all_matched(model)


def _load_native(model: FlowNetS, path: StrPath) -> list[MatchedLayer]:
    before, vectors = model.get_weights(), model.vectors
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        model.set_weights(before)
        model.vectors = vectors
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelFileError(f"{shown(path)} does not fit the network: {first}") from error
    return _all_matched(model)


def _all_matched(model: FlowNetS) -> list[MatchedLayer]:
    layers = _with_weights(model)
    return [MatchedLayer(layer.name, layer.name, layer.count_params()) for layer in layers]


def _with_weights(model: FlowNetS) -> list[Any]:
    return [layer for layer in model.layers if layer.weights]


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
