"""Networks from files of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from faceflow.errors import ConfigError, ModelFileError
from faceflow.files import StrPath, shown
from faceflow.learn.archive import is_archive, read_configuration
from faceflow.learn.matching import check_readable, match_layers, open_weights
from faceflow.learn.networks.checks import check_arguments
from faceflow.learn.networks.flownet import FlowNetS
from faceflow.learn.networks.presets import PRESETS
from faceflow.learn.networks.shapes import weight_shapes
from faceflow.learn.weights import is_published, load_weights

_CHECKED = {"height", "width", "width_multiplier", "redirect", "vectors"}
_VALUES = _CHECKED | {"name", "trainable"}
"""Of a network's configuration; Keras would take what else a file has."""


def read_model(path: StrPath) -> FlowNetS:
    """Read a network: a ``.keras`` file of ours, or published weights, which make ``paper``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    network
        Not compiled.

    Raises
    ------
    ModelFileError
        The file is no such thing, is of another model, or its weights do not fit.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     FlowNetS(64, 64, width_multiplier=0.05).save(f"{folder}/a.keras")
    ...     read_model(f"{folder}/a.keras").width_multiplier
    0.05
    """
    check_readable(path)
    if is_archive(path):
        network = _built(path)
    elif is_published(path):
        network = FlowNetS(**PRESETS["paper"])
    else:
        raise ModelFileError(
            f"{shown(path)} holds no model: .keras files, folders of training runs and Keras 2.3 "
            "weights files are taken"
        )
    load_weights(network, path)
    return network


def _built(path: StrPath) -> FlowNetS:
    configuration = read_configuration(path)
    try:
        if unknown := sorted(set(configuration) - _VALUES):
            raise ConfigError(f"{unknown[0]!r} is none of {', '.join(sorted(_VALUES))}")
        values = {name: configuration[name] for name in _CHECKED & set(configuration)}
        redirect = check_arguments(**values)
        _check_weights(path, weight_shapes(values.get("width_multiplier", 1.0), redirect))
        return FlowNetS.from_config(configuration)
    except ModelFileError:
        raise
    except (ConfigError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"{shown(path)}: its configuration is not taken: {reason}") from error


def _check_weights(path: StrPath, shapes: Mapping[str, Sequence[tuple[int, ...]]]) -> None:
    """Compare weights with a configuration, before memory is taken for a network.

    As none are compressed, the network takes no more than the file has.
    """
    with open_weights(path) as stored:
        match_layers(stored, shapes)
        if stored.weight_bytes > stored.file_bytes:
            raise ModelFileError(
                f"it has {stored.file_bytes} bytes, its weights {stored.weight_bytes}: as Keras "
                "writes them, neither compressed nor left out, is taken"
            )
