"""A pair's flow as the files writer stores it, and as it is read back."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from faceflow.dataset.layout import FLOW_SUFFIXES
from faceflow.files import Buffer
from faceflow.flowio import flo, kitti, npz
from faceflow.flowio.registry import format_of
from faceflow.types import Flow, Mask


def fill_of(configuration: Mapping[str, Any]) -> float:
    """What flow is given outside the triangles in memory."""
    return 0.0 if configuration.get("outside") == "zero" else math.nan


def writes_masks(configuration: Mapping[str, Any]) -> bool:
    """Whether a mask goes with each flow file."""
    return bool(configuration.get("masks")) or configuration.get("outside") == "zero"


def encode_flow(flow: Flow, valid: Mask, configuration: Mapping[str, Any]) -> Sequence[Buffer]:
    """The bytes of the pair's flow file.

    Raises
    ------
    FlowFileError
        A value that the format does not hold.
    """
    known = None if configuration.get("outside") == "zero" else valid
    if configuration["flow_format"] == "kitti":
        return kitti.encode(flow, known)
    if configuration["flow_format"] == "npz":
        return npz.encode(flow, valid, unknown=fill_of(configuration))
    unknown = math.nan if configuration.get("outside") == "nan" else flo.UNKNOWN
    return flo.encode(flow, known, unknown=unknown)


def as_read(flow: Flow, valid: Mask, configuration: Mapping[str, Any], name: str) -> Flow:
    """The flow as it would come back from its file: `.flo` alone keeps all of it.

    Raises
    ------
    FlowFileError
        A value that the format does not hold.
    """
    if configuration["flow_format"] == "flo":
        return flow
    data = b"".join(bytes(part) for part in encode_flow(flow, valid, configuration))
    suffix = FLOW_SUFFIXES[configuration["flow_format"]]
    return format_of(f"a{suffix}").decode(io.BytesIO(data), len(data), name)[0]
