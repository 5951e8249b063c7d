"""Whether weights in a file are those of a network, layer by layer; nothing of Keras is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from faceflow.errors import ModelFileError
from faceflow.files import StrPath, natural_sorted, open_regular, os_reason, shown
from faceflow.learn.archive import is_archive, weights_in
from faceflow.learn.networks.names import UNNAMED
from faceflow.learn.stored import StoredWeights, open_stored

_NUMBERED = re.compile(r"conv2d(_\d+)?")  # what Keras calls a layer that was given no name


def check_readable(path: StrPath) -> None:
    """Whether there is a file that can be opened.

    Raises
    ------
    ModelFileError
        There is none.
    """
    try:
        open_regular(path).close()
    except OSError as error:
        raise ModelFileError(f"{shown(path)} cannot be read: {os_reason(error)}") from error


@contextmanager
def open_weights(path: StrPath) -> Iterator[StoredWeights]:
    """Open the weights in a file: an HDF5 file of either kind, or a ``.keras``.

    Raises
    ------
    ModelFileError
        It cannot be read, or is none. What is raised meanwhile gets the name before it as well.
    """
    check_readable(path)
    file = weights_in(path) if is_archive(path) else path
    with open_stored(file, str(path)) as stored:
        yield stored


def match_layers(
    stored: StoredWeights, shapes: Mapping[str, Sequence[tuple[int, ...]]]
) -> dict[str, str]:
    """What each layer of a network is called in an open file.

    Parameters
    ----------
    stored
        What the file has.
    shapes
        Those of the network's weights, by the names of its layers: `network.shapes`.

    Returns
    -------
    sources
        By the names of the network's layers.

    Raises
    ------
    ModelFileError
        They do not fit: the first difference is named.
    """
    sources = _sources(list(shapes), stored)
    for name, source in sources.items():
        found, taken = stored.shapes(source), list(shapes[name])
        if found != taken:
            called = name if source == name else f"{name} ({source} there)"
            raise ModelFileError(f"layer {called} has weights of {found}, {taken} is taken")
    return sources


def _sources(layers: list[str], stored: StoredWeights) -> dict[str, str]:
    """By its name, or by its place among the unnamed."""
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
