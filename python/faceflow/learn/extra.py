"""Whether what the extra ``train`` installs is there."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable

from faceflow.errors import ConfigError

_PACKAGES = {
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "h5py": "h5py",
    "tensorboard": "TensorBoard",
    "matplotlib": "Matplotlib",
}


def need_tensorflow(what: str) -> None:
    """Have Keras run on TensorFlow once it is loaded; nothing is loaded here.

    Parameters
    ----------
    what
        What it is needed for, for messages.

    Raises
    ------
    ConfigError
        A package is not installed, or Keras is to run on something else.
    """
    _need(what, _PACKAGES)
    loaded = sys.modules.get("keras")
    backend = loaded.backend.backend() if loaded else os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise ConfigError(f"{what} needs KERAS_BACKEND=tensorflow, {backend!a} is not taken")
    os.environ["KERAS_BACKEND"] = backend  # wins over the user's keras.json


def need_keras(what: str) -> None:
    """Have Keras and h5py, whatever Keras runs on; nothing is loaded here.

    Parameters
    ----------
    what
        What they are needed for, for messages.

    Raises
    ------
    ConfigError
        One is not installed.
    """
    _need(what, ("keras", "h5py"))


def _need(what: str, modules: Iterable[str]) -> None:
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise lacking(what, module)


def lacking(what: str, module: str | None) -> ConfigError:
    """The refusal of what needs a module that is not installed."""
    name = _PACKAGES.get(module or "", module)
    return ConfigError(f"{what} needs {name}: pip install 'faceflow[train]'")
