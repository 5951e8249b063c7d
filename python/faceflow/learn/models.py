"""Trained networks, opened by the path that people type; nothing of Keras is loaded here."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from faceflow.errors import ModelFileError
from faceflow.files import StrPath
from faceflow.learn.extra import lacking, need_keras
from faceflow.methods.correction import CorrectionNetwork
from faceflow.methods.face import estimate_with
from faceflow.methods.registry import network_file
from faceflow.types import Estimator

if TYPE_CHECKING:
    from faceflow.learn.predictor import FlowModel


def load_model(path: StrPath | None) -> FlowModel | Estimator:
    """Load a network that predicts flow.

    Parameters
    ----------
    path
        The folder of a training run; or a file: ``.onnx`` of a face network, which needs no Keras;
        ``.keras`` of FlowNetS; weights as they were published, a Keras 2.3 HDF5 file of any name:
        the network is then built as ``paper``, and the scale that its weights have learnt is
        undone.

    Returns
    -------
    model
        A function of two frames, (H, W, 3) uint8 red-green-blue, and ``landmarks=None``, that gives
        their flow (H, W, 2) float32: see `FlowModel` and `faceflow.methods.face.estimate`.

    Raises
    ------
    ModelFileError
        The file is none of these, or cannot be read.
    ConfigError
        Keras is needed and is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import faceflow as ff
    >>> import numpy as np
    >>> from faceflow.learn import flownet_s
    >>> frame = np.zeros((80, 100, 3), np.uint8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     flownet_s(64, 64, width_multiplier=0.05).save(f"{folder}/model.keras")
    ...     ff.load_model(folder)(frame, frame).max()
    np.float32(0.0)
    """
    if path is None:
        raise ModelFileError("method model needs a path: model:PATH")
    file = network_file(path)
    if file.suffix == ".onnx":
        return functools.partial(estimate_with, CorrectionNetwork(file))
    need_keras("this model")
    try:
        from faceflow.learn.modelfile import read_model
        from faceflow.learn.predictor import FlowModel
    except ModuleNotFoundError as error:  # what Keras runs on
        raise lacking("this model", error.name) from error
    return FlowModel(read_model(file))
