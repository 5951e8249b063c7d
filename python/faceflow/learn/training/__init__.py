"""Training runs: what they are made with, what they leave, and how they go on.

Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceflow.learn.training.options import TrainOptions
    from faceflow.learn.training.run import TrainingRun, train

_HOMES = {
    "TrainOptions": "faceflow.learn.training.options",
    "TrainingRun": "faceflow.learn.training.run",
    "train": "faceflow.learn.training.run",
}

__all__ = ["TrainOptions", "TrainingRun", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
