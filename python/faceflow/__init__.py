"""Dense optical-flow ground truth from face landmarks.

>>> import faceflow as ff
>>> import numpy as np
>>> landmarks = np.array([[1.0, 1.0], [30.0, 1.0], [15.0, 30.0]])
>>> flow = ff.synthesize(landmarks, landmarks + [2.0, 0.5], (32, 32), ff.triangulate(landmarks))
>>> flow[10, 15]
array([2. , 0.5], dtype=float32)

Names are loaded when first used, so that ``import faceflow`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceflow.api import estimate_flow
    from faceflow.dataset.reader import open_dataset
    from faceflow.flow.backend import backend_info
    from faceflow.flow.colour import flow_to_image
    from faceflow.flow.metrics import angular_error, endpoint_error
    from faceflow.flow.synthesis import flipped_triangles, synthesize, synthesize_sequence
    from faceflow.flow.triangulation import triangulate
    from faceflow.flow.warp import warp
    from faceflow.flowio import read_flow, write_flow
    from faceflow.learn.models import load_model

__version__ = "0.1.0"

_HOMES = {
    "angular_error": "faceflow.flow.metrics",
    "backend_info": "faceflow.flow.backend",
    "endpoint_error": "faceflow.flow.metrics",
    "estimate_flow": "faceflow.api",
    "flipped_triangles": "faceflow.flow.synthesis",
    "flow_to_image": "faceflow.flow.colour",
    "load_model": "faceflow.learn.models",
    "open_dataset": "faceflow.dataset.reader",
    "read_flow": "faceflow.flowio",
    "synthesize": "faceflow.flow.synthesis",
    "synthesize_scales": "faceflow.flow.scales",
    "synthesize_sequence": "faceflow.flow.synthesis",
    "triangulate": "faceflow.flow.triangulation",
    "warp": "faceflow.flow.warp",
    "write_flow": "faceflow.flowio",
}

__all__ = [
    "__version__",
    "angular_error",
    "backend_info",
    "endpoint_error",
    "estimate_flow",
    "flipped_triangles",
    "flow_to_image",
    "load_model",
    "open_dataset",
    "read_flow",
    "synthesize",
    "synthesize_scales",
    "synthesize_sequence",
    "triangulate",
    "warp",
    "write_flow",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
