"""Weights files as Keras 2.3 wrote them: HDF5, a group for each layer, a dataset for each weight.

Attributes name what there is, in order: ``layer_names`` of the file and ``weight_names`` of each
group, as bytes; a list too long for one attribute is in ``layer_names0``, ``layer_names1``, ...
Nothing in such a file is run as code, and nothing is read before its size is known.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np

from faceflow.errors import ModelFileError
from faceflow.files import StrPath, shown
from faceflow.types import AnyArray

_LAYERS = "layer_names"
_MOST_NAMES = 10_000
_LONGEST_NAME = 1024  # bytes
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError)
"""What h5py raises for a file that is not as HDF5 says."""


class StoredWeights:
    """What an open file has: the layers with weights, and these.

    Parameters
    ----------
    file
        As `open_stored` gives it.

    Raises
    ------
    ModelFileError
        The file has no such layout.
    """

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        groups = {name: self._find(file, name, h5py.Group) for name in _names(file, _LAYERS)}
        weights = {layer: _names(group, "weight_names") for layer, group in groups.items()}
        self._datasets = {
            layer: [self._find(groups[layer], name, h5py.Dataset) for name in names]
            for layer, names in weights.items()
            if names
        }

    @property
    def layers(self) -> list[str]:
        """Names of the layers that have weights, in the file's order."""
        return list(self._datasets)

    def shapes(self, layer: str) -> list[tuple[int, ...]]:
        """The shapes of a layer's weights, in the file's order."""
        return [tuple(dataset.shape) for dataset in self._datasets[layer]]

    def read(self, layer: str) -> list[AnyArray]:
        """A layer's weights, float32, in the file's order: when their shapes are known to fit."""
        return [dataset[()].astype(np.float32) for dataset in self._datasets[layer]]

    def _find(self, group: h5py.Group, path: str, kind: type) -> Any:
        """What a path leads to within this file: links into other files are not followed."""
        found = group
        for part in path.split("/"):
            inside = isinstance(found, h5py.Group) and part in found
            if not inside or not isinstance(found.get(part, getlink=True), h5py.HardLink):
                raise ModelFileError(f"{shown(path)} is named, and not in the file")
            found = found[part]
        if not isinstance(found, kind) or (kind is h5py.Dataset and not _is_plain(found)):
            raise ModelFileError(f"{shown(path)} is no {kind.__name__.lower()} of numbers")
        return found


def _is_plain(dataset: h5py.Dataset) -> bool:
    """Whether what a dataset holds is floating-point numbers in the file itself."""
    elsewhere = dataset.external is not None or dataset.is_virtual
    return dataset.dtype.kind == "f" and dataset.shape is not None and not elsewhere


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """The names in an attribute, or in those that it was cut into."""
    pieces = [attribute]
    if attribute not in group.attrs:
        numbered = (f"{attribute}{number}" for number in itertools.count())
        pieces = list(itertools.takewhile(lambda piece: piece in group.attrs, numbered))
    if not pieces:
        raise ModelFileError(f"group {shown(group.name)} has no attribute {attribute}")
    return [name for piece in pieces for name in _decoded(group, piece)]


def _decoded(group: h5py.Group, attribute: str) -> list[str]:
    stored = group.attrs.get_id(attribute)
    is_list = len(stored.shape) == 1 and stored.shape[0] <= _MOST_NAMES
    if not is_list or stored.dtype.itemsize > _LONGEST_NAME:
        raise ModelFileError(f"attribute {attribute} of group {shown(group.name)} is no list")
    names = group.attrs[attribute] if stored.shape[0] else []
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


@contextmanager
def open_stored(path: StrPath) -> Iterator[StoredWeights]:
    """Open a weights file of Keras 2.3.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ModelFileError
        It cannot be read, or is none; its name comes first, and also before what is raised
        meanwhile.
    """
    try:
        with h5py.File(path, "r") as file:
            yield StoredWeights(file)
    except ModelFileError as error:
        raise ModelFileError(f"{shown(path)}: {error}") from error
    except _DAMAGE as error:
        raise ModelFileError(f"{shown(path)} cannot be read as HDF5: {error}") from error


def is_stored(path: StrPath) -> bool:
    """Whether a file is HDF5 and lists layers, as weights files of Keras 2.3 do."""
    try:
        if not h5py.is_hdf5(path):
            return False
        with h5py.File(path, "r") as file:
            return _LAYERS in file.attrs or f"{_LAYERS}0" in file.attrs
    except _DAMAGE:
        return False
