"""Weights from files: those that were published, and Keras' own."""

from __future__ import annotations

from dataclasses import dataclass

from faceflow.errors import ModelFileError
from faceflow.files import StrPath
from faceflow.learn.matching import match_layers, open_weights
from faceflow.learn.networks.flownet import FlowNetS
from faceflow.learn.networks.names import INPUT_SCALE
from faceflow.learn.stored import StoredWeights, open_stored


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
    with open_weights(path) as stored:
        return _take(model, stored)


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
    shapes = {name: [tuple(w.shape) for w in layer.weights] for name, layer in layers.items()}
    sources = match_layers(stored, shapes)
    values = {name: stored.read(source) for name, source in sources.items()}
    if stored.published:  # learnt from grey levels as they are
        values["conv1"][0] /= INPUT_SCALE
    for name, layer in layers.items():
        layer.set_weights(values[name])
    if stored.published or stored.of_frames is not None:
        model.vectors = "frame" if stored.published or stored.of_frames else "crop"
    return [MatchedLayer(name, sources[name], layers[name].count_params()) for name in layers]
