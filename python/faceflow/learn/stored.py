"""Weights in HDF5 files: as Keras 2.3 wrote them, and as Keras 3 does.

Keras 2.3 has a group for each layer and a dataset for each weight. Attributes name them, in order:
``layer_names`` of the file and ``weight_names`` of each group, as bytes; a list too long for one
attribute is in ``layer_names0``, ``layer_names1``, ... Keras 3 has ``layers/<kind>_<number>/vars``,
whose attribute ``name`` is the layer's name, with datasets ``0``, ``1``, ...

Nothing in such a file is run as code, nothing outside of it is read, and nothing in it before its
size is known.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import h5py
import numpy as np

from faceflow.errors import ModelFileError
from faceflow.files import StrPath, shown
from faceflow.types import AnyArray

_LAYERS = "layer_names"
_MOST_NAMES = 1000
_LONGEST_NAME = 1024  # bytes
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)
"""What h5py raises for a file that is not as HDF5 says."""


@dataclass(frozen=True)
class StoredWeights:
    """What an open file has: the layers with weights, in its order, and these."""

    datasets: dict[str, list[h5py.Dataset]]
    """By layer; none is without."""
    published: bool
    """Whether Keras 2.3 wrote it."""
    file_bytes: int
    of_frames: bool | None = None
    """Whether it says that its vectors are ``"frame"``; None where it does not say."""

    @property
    def weight_bytes(self) -> int:
        """What all weights take in memory, in the types that they are stored in."""
        return sum(weight.nbytes for weights in self.datasets.values() for weight in weights)

    def shapes(self, layer: str) -> list[tuple[int, ...]]:
        """The shapes of a layer's weights, in the file's order."""
        return [tuple(dataset.shape) for dataset in self.datasets[layer]]

    def read(self, layer: str) -> list[AnyArray]:
        """A layer's weights, float32, in the file's order: once their shapes are known to fit."""
        return [dataset[()].astype(np.float32) for dataset in self.datasets[layer]]


@contextmanager
def open_stored(file: StrPath | IO[bytes], name: str) -> Iterator[StoredWeights]:
    """Open weights of either kind.

    Parameters
    ----------
    file
        Its path, or an open file.
    name
        What errors call it.

    Raises
    ------
    ModelFileError
        It cannot be read, or is none. What is raised meanwhile gets the name before it as well.
    """
    try:
        with h5py.File(file, "r") as opened:
            published = _LAYERS in opened.attrs or f"{_LAYERS}0" in opened.attrs
            yield _published(opened) if published else _native(opened)
    except ModelFileError as error:
        raise ModelFileError(f"{shown(name)}: {error}") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"{shown(name)} cannot be read as HDF5: {reason}") from error


def _published(file: h5py.File) -> StoredWeights:
    datasets = {}
    for layer in _names(file, _LAYERS):
        group = _find(file, layer, h5py.Group)
        weights = [_find(group, name, h5py.Dataset) for name in _names(group, "weight_names")]
        if weights:
            datasets[layer] = weights
    return StoredWeights(datasets, True, file.id.get_filesize())


def _native(file: h5py.File) -> StoredWeights:
    datasets = {}
    layers = _find(file, "layers", h5py.Group)
    for kind in layers:
        group = _find(layers, f"{kind}/vars", h5py.Group)
        if len(group):
            numbers = range(len(group))
            weights = [_find(group, str(number), h5py.Dataset) for number in numbers]
            datasets[_text(group, "name")] = weights
    of_frames = None
    if _inside(file, "vars/vectors") is not None:
        stored = _find(file, "vars/vectors", h5py.Dataset)
        of_frames = stored.shape == () and bool(stored[()])
    return StoredWeights(datasets, False, file.id.get_filesize(), of_frames)


def _find(group: h5py.Group, path: str, kind: type) -> Any:
    """What a path leads to within this file, which is to be of a kind."""
    found = _inside(group, path)
    if found is None:
        raise ModelFileError(f"{shown(path)} is not in it")
    if not isinstance(found, kind) or (kind is h5py.Dataset and not _is_plain(found)):
        raise ModelFileError(f"{shown(path)} is no {kind.__name__.lower()} of numbers")
    return found


def _inside(group: h5py.Group, path: str) -> Any:
    """What a path leads to; None where it leads nowhere, or out of this file.

    A link is looked at before it is followed: ``in`` would open the file that it names.
    """
    found = group
    for part in path.split("/"):
        if not isinstance(found, h5py.Group):
            return None
        if not isinstance(found.get(part, getlink=True), h5py.HardLink):
            return None
        found = found[part]
    return found


def _is_plain(dataset: h5py.Dataset) -> bool:
    """Whether what a dataset holds is numbers, in the file itself, and pieces no larger than it."""
    elsewhere = dataset.external is not None or dataset.is_virtual
    if dataset.dtype.kind not in "fi" or dataset.shape is None or elsewhere:
        return False
    pieces = dataset.chunks or ()  # allocated whole, however little of one is in the dataset
    return all(piece <= side for piece, side in zip(pieces, dataset.shape, strict=False))


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
    """A list of names: of fixed length or not, as the h5py that wrote them did."""
    stored = group.attrs.get_id(attribute)
    if stored.shape == (0,):  # an empty list, which numpy has as one of numbers
        return []
    if len(stored.shape) != 1 or stored.shape[0] > _MOST_NAMES or not _is_text(stored):
        raise ModelFileError(f"attribute {attribute} of group {shown(group.name)} is no list")
    return [_checked(name, group, attribute) for name in group.attrs[attribute]]


def _text(group: h5py.Group, attribute: str) -> str:
    """One name, which Keras 3 writes as text of any length."""
    stored = group.attrs.get_id(attribute)
    if stored.shape != () or not _is_text(stored):
        raise ModelFileError(f"attribute {attribute} of group {shown(group.name)} is no text")
    return _checked(group.attrs[attribute], group, attribute)


def _is_text(stored: h5py.h5a.AttrID) -> bool:
    """Whether an attribute holds text; if of any length, that is known when it is read."""
    text = h5py.check_string_dtype(stored.dtype)
    return text is not None and (text.length or 0) <= _LONGEST_NAME


def _checked(name: bytes | str, group: h5py.Group, attribute: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise ModelFileError(f"attribute {attribute} of group {shown(group.name)} is too long")
    return name.decode() if isinstance(name, bytes) else str(name)
