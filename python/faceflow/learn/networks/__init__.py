"""FlowNetS with a Siamese front, in Keras ops only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faceflow.learn.networks.presets import PRESETS

if TYPE_CHECKING:
    from faceflow.learn.networks.flownet import FlowNetS, flownet_s

__all__ = ["PRESETS", "FlowNetS", "flownet_s"]


def __getattr__(name: str) -> Any:
    """The model, when it is asked for: presets are listed without Keras."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from faceflow.learn.networks import flownet

    return getattr(flownet, name)
