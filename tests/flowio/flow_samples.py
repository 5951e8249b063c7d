"""Fields to write, and ways to read bytes, for the tests of every format."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from faceflow.errors import FlowFileError
from faceflow.flowio import FlowFormat
from faceflow.types import Flow, Mask, Size


def encoded(flow_format: FlowFormat, flow: Flow, valid: Mask | None = None) -> bytes:
    """The file's bytes."""
    return b"".join(bytes(buffer) for buffer in flow_format.encode(flow, valid))


def decoded(flow_format: FlowFormat, data: bytes) -> tuple[Flow, Mask]:
    """The field in a file's bytes, named a.b in messages."""
    return flow_format.decode(io.BytesIO(data), len(data), "a.b")


def measured(flow_format: FlowFormat, data: bytes) -> Size:
    """The size of the field in a file's bytes, which are not decoded."""
    return flow_format.measure(io.BytesIO(data), len(data), "a.b")


def refusal(flow_format: FlowFormat, data: bytes) -> str:
    """The message of refusing a file's bytes, checked to be one line that names the file."""
    with pytest.raises(FlowFileError, match=r"\Aa\.b .*\Z") as caught:
        decoded(flow_format, data)
    return str(caught.value)


def peak_bytes(call: Callable[[], object]) -> int:
    """The most memory that a call holds at once, beyond what is held before it."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def fields(values: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[Flow, Mask]]:
    """Small fields of any size with their validity; where not valid, any value or NaN."""
    sizes = st.tuples(st.integers(1, 5), st.integers(1, 6))
    return sizes.flatmap(
        lambda size: st.tuples(
            hnp.arrays(np.float32, (*size, 2), elements=values),
            hnp.arrays(np.bool_, size),
            st.sampled_from([None, np.nan, np.inf, 7.0]),
        )
    ).map(_with_anything_where_not_valid)


def _with_anything_where_not_valid(sample: tuple[Flow, Mask, float | None]) -> tuple[Flow, Mask]:
    flow, valid, unknown = sample
    if unknown is not None:
        flow[~valid] = unknown
    return flow, valid


def masked(flow: Flow, valid: Mask) -> Flow:
    """The flow with NaN where not valid: what is read back."""
    return np.where(valid[..., None], flow, np.float32(np.nan))
