"""Which file a model's path means."""

from __future__ import annotations

from pathlib import Path

from faceflow.files import StrPath

MODEL_FILE = "model.keras"
"""What the model is called in the folder of a training run."""


def model_file(path: StrPath) -> Path:
    """The file itself, or the model of a training run's folder.

    Examples
    --------
    >>> model_file("some/model.keras").as_posix()
    'some/model.keras'
    """
    given = Path(path)
    return given / MODEL_FILE if given.is_dir() else given
