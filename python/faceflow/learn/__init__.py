"""The reference network: its losses, its weights, and flow predicted with it (extra ``train``).

The only part of the package that loads Keras. Names are loaded when first used, so that what only
lists options stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceflow.learn.models import load_model
    from faceflow.learn.networks.flownet import FlowNetS, flownet_s
    from faceflow.learn.predictor import FlowModel
    from faceflow.learn.weights import load_weights

_HOMES = {
    "FlowModel": "faceflow.learn.predictor",
    "FlowNetS": "faceflow.learn.networks.flownet",
    "flownet_s": "faceflow.learn.networks.flownet",
    "load_model": "faceflow.learn.models",
    "load_weights": "faceflow.learn.weights",
}

__all__ = ["FlowModel", "FlowNetS", "flownet_s", "load_model", "load_weights"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
