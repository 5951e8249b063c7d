"""dlib and its model of 68 landmarks: where they are, and what they give."""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from faceflow.errors import ConfigError
from faceflow.files import os_reason
from faceflow.landmarks.embedded.predictor import Trees, predict, read_trees
from faceflow.types import AnyArray, Image, Landmarks

Rectangle: TypeAlias = Any
"""``dlib.rectangle``; dlib has no type stubs."""

_PACKAGE = "face_recognition_models"
_FILE = Path("models", "shape_predictor_68_face_landmarks.dat")
_SHA256 = "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f"
_REMEDY = "--landmarks dlib needs {missing}: pip install 'faceflow[dlib]'"


class Model(NamedTuple):
    """What all threads share."""

    dlib: ModuleType
    trees: Trees
    detector_state: bytes
    """The frontal face detector as dlib stores it; to make one from it is 30 times as fast."""

    def landmarks(self, image: Image, box: Rectangle) -> Landmarks:
        """(68, 2) float64 in iBUG order, in pixels: of the face in `box` of an image."""
        corners = box.left(), box.top(), box.right(), box.bottom()
        return predict(image, corners, self.trees)

    @property
    def name(self) -> str:
        """What landmarks depend on, in words."""
        return f"dlib {self.dlib.__version__}, model {_SHA256}"


def load_model() -> Model:
    """Load dlib, its frontal face detector and the model of landmarks (95 MB).

    Raises
    ------
    ConfigError
        dlib or the model is not installed, or the model is not the one that is known.
    """
    try:
        dlib = import_module("dlib")
    except ImportError as error:
        raise ConfigError(_REMEDY.format(missing="dlib")) from error
    trees = read_trees(_model_data(model_path()))
    (state,) = dlib.get_frontal_face_detector().__getstate__()
    return Model(dlib, trees, state)


def _model_data(path: Path) -> AnyArray:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(_REMEDY.format(missing=f"{_FILE.name} of {_PACKAGE}")) from error
    except OSError as error:
        raise ConfigError(f"{_FILE.name} cannot be read: {os_reason(error)}") from error
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise ConfigError(f"{_FILE.name} is damaged, or not that of {_PACKAGE} 0.3")
    return np.frombuffer(data, np.uint8)


def model_path() -> Path:
    """Where the model's file should be; `ConfigError` where its package is not installed."""
    spec = find_spec(_PACKAGE)  # an import of it would need pkg_resources, which is gone
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(_REMEDY.format(missing=_PACKAGE))
    return Path(spec.submodule_search_locations[0]) / _FILE
