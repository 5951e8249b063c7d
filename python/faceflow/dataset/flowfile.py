"""A pair's flow as its file stores it, and as it is read back."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from faceflow.dataset.layout import FLOW_SUFFIXES
from faceflow.files import Buffer
from faceflow.flowio import flo, kitti, npz
from faceflow.flowio.registry import format_of
from faceflow.types import Flow, Mask

VISIBLE = "visible"
"""What ``dataset.json`` has for ``--masks``: earlier masks, ``true`` there, have hidden pixels."""


def fill_of(outside: str) -> float:
    """What flow is given outside the triangles in memory, by ``--outside``."""
    return 0.0 if outside == "zero" else math.nan


def needs_masks(outside: str, masks: bool) -> bool:
    """Whether a mask goes with each flow file: on request, or as zeros outside look like flow."""
    return masks or outside == "zero"


def encode_flow(flow: Flow, valid: Mask, flow_format: str, outside: str) -> Sequence[Buffer]:
    """The bytes of the pair's flow file.

    Raises
    ------
    FlowFileError
        A value that the format does not hold.
    """
    if flow_format == "kitti":
        return kitti.encode(flow, None if outside == "zero" else valid)
    if flow_format == "npz":
        return npz.encode(flow, valid, unknown=fill_of(outside))
    # What lies in a triangle and is not valid, as it is hidden, keeps its flow: the mask tells.
    return flo.encode(flow, None, unknown=math.nan if outside == "nan" else flo.UNKNOWN)


def as_read(flow: Flow, valid: Mask, flow_format: str, outside: str, name: str) -> Flow:
    """The flow as it would come back from its file: `.flo` alone keeps all of it.

    Raises
    ------
    FlowFileError
        A value that the format does not hold.
    """
    if flow_format == "flo":
        return flow
    data = b"".join(bytes(part) for part in encode_flow(flow, valid, flow_format, outside))
    suffix = FLOW_SUFFIXES[flow_format]
    return format_of(f"a{suffix}").decode(io.BytesIO(data), len(data), name)[0]
