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
from faceflow.types import Image, Landmarks

Rectangle: TypeAlias = Any
"""``dlib.rectangle``; dlib has no type stubs."""

_PACKAGE = "face_recognition_models"
_FILE = Path("models", "shape_predictor_68_face_landmarks.dat")
_REMEDY = "--landmarks dlib needs {missing}: pip install 'faceflow[dlib]'"


class Model(NamedTuple):
    """What all threads share. The predictor only reads itself when it is called."""

    dlib: ModuleType
    predictor: Any
    detector_state: bytes
    """The frontal face detector as dlib stores it; to make one from it is 30 times as fast."""

    digest: bytes
    """Of dlib's version and the content of the model's file."""

    def landmarks(self, image: Image, box: Rectangle) -> Landmarks:
        """(68, 2) float64 in iBUG order, on whole pixels: of the face in `box` of an image.

        The predictor looks at the mean of the channels, so that their order makes no difference.
        """
        points = self.predictor(image, box).parts()
        return np.array([(point.x, point.y) for point in points], np.float64)


def load_model() -> Model:
    """Load dlib, its frontal face detector and the predictor (95 MB).

    Raises
    ------
    ConfigError
        dlib or the model is not installed, or the model cannot be read.
    """
    try:
        dlib = import_module("dlib")
    except ImportError as error:
        raise ConfigError(_REMEDY.format(missing="dlib")) from error
    path = _model_path()
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        predictor = dlib.shape_predictor(str(path))
    except FileNotFoundError as error:
        raise ConfigError(_REMEDY.format(missing=f"{_FILE.name} of {_PACKAGE}")) from error
    except OSError as error:
        raise ConfigError(f"{_FILE.name} cannot be read: {os_reason(error)}") from error
    except RuntimeError as error:
        raise ConfigError(f"{_FILE.name} is damaged: dlib cannot load it") from error
    (state,) = dlib.get_frontal_face_detector().__getstate__()
    digest = hashlib.sha256(dlib.__version__.encode() + b"\0" + content).digest()
    return Model(dlib, predictor, state, digest)


def _model_path() -> Path:
    spec = find_spec(_PACKAGE)  # an import of it would need pkg_resources, which is gone
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(_REMEDY.format(missing=_PACKAGE))
    return Path(spec.submodule_search_locations[0]) / _FILE
