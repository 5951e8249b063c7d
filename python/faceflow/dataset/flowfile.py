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


def fill_of(outside: str) -> float:
    """What flow is given outside the triangles in memory, by ``--outside``."""
    return 0.0 if outside == "zero" else math.nan


def needs_masks(outside: str, extended: bool, masks: bool) -> bool:
    """Whether a mask goes with each flow file: on request, or as there is flow, be it zeros, that
    is no ground truth and looks like it."""
    return masks or extended or outside == "zero"


def encode_flow(
    flow: Flow, valid: Mask, flow_format: str, outside: str, extended: bool
) -> Sequence[Buffer]:
    """The bytes of the pair's flow file.

    `extended` says that there is flow beyond what is `valid`, which the file is to hold: all that
    is not NaN then counts as known.

    Raises
    ------
    FlowFileError
        A value that the format does not hold.
    """
    known = None if extended or outside == "zero" else valid
    if flow_format == "kitti":
        return kitti.encode(flow, known)
    if flow_format == "npz":
        return npz.encode(flow, valid, unknown=None if extended else fill_of(outside))
    unknown = math.nan if outside == "nan" else flo.UNKNOWN
    return flo.encode(flow, known, unknown=unknown)


def as_read(
    flow: Flow, valid: Mask, flow_format: str, outside: str, extended: bool, name: str
) -> Flow:
    """The flow as it would come back from its file: `.flo` alone keeps all of it.

    Raises
    ------
    FlowFileError
        A value that the format does not hold.
    """
    if flow_format == "flo":
        return flow
    parts = encode_flow(flow, valid, flow_format, outside, extended)
    data = b"".join(bytes(part) for part in parts)
    suffix = FLOW_SUFFIXES[flow_format]
    return format_of(f"a{suffix}").decode(io.BytesIO(data), len(data), name)[0]
