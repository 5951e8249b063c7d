"""Weights from files: those that were published, and Keras' own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from faceflow.errors import ModelFileError
from faceflow.files import StrPath, natural_sorted, open_regular, os_reason, shown
from faceflow.learn.archive import is_archive, weights_in
from faceflow.learn.network.build import scaled
from faceflow.learn.network.flownet import FlowNetS
from faceflow.learn.network.names import INPUT_SCALE, UNNAMED
from faceflow.learn.stored import StoredWeights, open_stored

_FIRST_FILTERS = 64  # of conv1, at full width
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
    file = weights_in(path) if is_archive(path) else path
    with open_stored(file, str(path)) as stored:
        return _take(model, stored)


def check_width(path: StrPath, width_multiplier: float) -> None:
    """Compare an archive's first layer with its configuration, before a network is allocated.

    Raises
    ------
    ModelFileError
        The weights cannot be read, or are of another width.
    """
    filters = scaled(_FIRST_FILTERS, width_multiplier)
    with open_stored(weights_in(path), str(path)) as stored:
        if "conv1" not in stored.datasets:
            raise ModelFileError("layer conv1 is not in it")
        _check_shapes("conv1", "conv1", stored.shapes("conv1"), [(7, 7, 3, filters), (filters,)])


def is_published(path: StrPath) -> bool:
    """Whether a file is a weights file of Keras 2.3."""
    try:
        with open_stored(path, str(path)) as stored:
            return stored.published
    except ModelFileError:
        return False


def _take(model: FlowNetS, stored: StoredWeights) -> list[MatchedLayer]:
    """Find and check all of it, then read it."""
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    sources = _sources(list(layers), stored)
    for name, source in sources.items():
        _check_shapes(name, source, stored.shapes(source), _shapes(layers[name]))
    values = {name: stored.read(source) for name, source in sources.items()}
    if stored.published:  # learnt from grey levels as they are
        values["conv1"][0] /= INPUT_SCALE
    for name, layer in layers.items():
        layer.set_weights(values[name])
    if stored.published or stored.of_frames is not None:
        model.vectors = "frame" if stored.published or stored.of_frames else "crop"
    return [MatchedLayer(name, sources[name], layers[name].count_params()) for name in layers]


def _sources(layers: list[str], stored: StoredWeights) -> dict[str, str]:
    """What each layer is called in the file: by its name, or by its place among the unnamed."""
    sources = {name: name for name in layers}
    if stored.published:
        sources |= dict(zip(UNNAMED, _unnamed(stored), strict=True))
    for source in sources.values():
        if source not in stored.datasets:
            raise ModelFileError(f"layer {source} is not in it")
    for name in stored.datasets:
        if name not in sources.values():
            raise ModelFileError(f"it has a layer {shown(name)}, which the network has not")
    return sources


def _unnamed(stored: StoredWeights) -> list[str]:
    """What the layers without a name are called: numbers, in the order in which they were made."""
    numbered = natural_sorted(name for name in stored.datasets if _NUMBERED.fullmatch(name))
    if len(numbered) != len(UNNAMED):
        raise ModelFileError(
            f"it has {len(numbered)} layers without a name of their own (conv2d_1, ...), "
            f"{len(UNNAMED)} are taken: {', '.join(UNNAMED)}"
        )
    return numbered


def _check_shapes(
    name: str, source: str, found: list[tuple[int, ...]], taken: list[tuple[int, ...]]
) -> None:
    if found != taken:
        called = name if source == name else f"{name} ({source} there)"
        raise ModelFileError(f"layer {called} has weights of {found}, {taken} is taken")


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
