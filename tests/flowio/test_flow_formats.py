"""What holds for every flow format: nothing is lost, and nothing damaged is read."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from flow_samples import decoded, encoded, fields, masked, measured, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from faceflow.errors import ArrayError, FlowFileError
from faceflow.flowio import FORMATS, FlowFormat, format_of
from faceflow.types import Flow

every_format = pytest.mark.parametrize("flow_format", FORMATS.values(), ids=FORMATS.keys())

# Exact in each format: sixty-fourths for KITTI, few enough bits for float16.
values = st.integers(-512 * 4, 511 * 4).map(lambda quarters: quarters / 4)


def sample() -> Flow:
    """A field of 3x4 with an unknown pixel."""
    flow = np.arange(24, dtype=np.float32).reshape(3, 4, 2) - 8
    flow[1, 2] = np.nan
    return flow


@every_format
@settings(deadline=None, max_examples=50)
@given(field=fields(values))
def test_what_is_written_is_read(flow_format: FlowFormat, field: tuple[Flow, np.ndarray]) -> None:
    flow, valid = field
    before = flow.copy()
    read, read_valid = decoded(flow_format, encoded(flow_format, flow, valid))
    assert read.dtype == np.float32
    assert read_valid.dtype == np.bool_
    np.testing.assert_array_equal(read, masked(flow, valid))
    np.testing.assert_array_equal(read_valid, valid)
    np.testing.assert_array_equal(flow, before)


@every_format
def test_without_valid_what_is_finite_is_valid(flow_format: FlowFormat) -> None:
    flow = sample()
    flow[0, 0, 0], flow[2, 3, 1] = np.inf, np.nan
    finite = np.isfinite(flow).all(axis=-1)
    read, valid = decoded(flow_format, encoded(flow_format, flow))
    np.testing.assert_array_equal(valid, finite)
    np.testing.assert_array_equal(read, masked(flow, finite))


@every_format
def test_nothing_known_at_all_can_be_written(flow_format: FlowFormat) -> None:
    read, valid = decoded(flow_format, encoded(flow_format, np.full((2, 3, 2), np.nan, np.float32)))
    assert np.isnan(read).all()
    assert not valid.any()


@every_format
@pytest.mark.parametrize("view", [np.s_[::-1], np.s_[:, ::2], np.s_[..., ::-1]])
def test_views_are_written_as_they_look(flow_format: FlowFormat, view: slice) -> None:
    flow = sample()[view]
    assert encoded(flow_format, flow) == encoded(flow_format, flow.copy())


@every_format
def test_what_is_read_can_be_changed(flow_format: FlowFormat) -> None:
    flow, valid = decoded(flow_format, encoded(flow_format, sample()))
    flow[0, 0], valid[0, 0] = 0, False


@every_format
def test_the_same_field_gives_the_same_bytes(flow_format: FlowFormat) -> None:
    flow = sample()
    valid = np.isfinite(flow).all(axis=-1)
    assert encoded(flow_format, flow) == encoded(flow_format, np.nan_to_num(flow), valid)


@every_format
def test_any_cut_file_is_refused(flow_format: FlowFormat) -> None:
    data = encoded(flow_format, sample())
    for size in range(len(data)):
        refusal(flow_format, data[:size])


@every_format
def test_size_shows_without_decoding(flow_format: FlowFormat) -> None:
    """Of whole files only; where a file is decoded, it is the size of the flow."""
    data = encoded(flow_format, sample())
    assert measured(flow_format, data) == (3, 4)
    for other in (*(data[:size] for size in range(len(data))), data + b"1"):
        with pytest.raises(FlowFileError, match=r"\Aa\.b .*\Z"):
            measured(flow_format, other)
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        with contextlib.suppress(FlowFileError):
            size = decoded(flow_format, bytes(damaged))[1].shape
            assert measured(flow_format, bytes(damaged)) == size


@every_format
@given(tail=st.binary(min_size=1, max_size=64))
def test_any_trailing_byte_is_refused(flow_format: FlowFormat, tail: bytes) -> None:
    assert "trailing bytes" in refusal(flow_format, encoded(flow_format, sample()) + tail)


@every_format
def test_any_damaged_byte_is_refused_or_read(flow_format: FlowFormat) -> None:
    """No damage raises anything but the package's own error."""
    data = encoded(flow_format, sample())
    for position in range(len(data)):
        for damage in (0x01, 0x80, 0xFF):
            damaged = bytearray(data)
            damaged[position] ^= damage
            with contextlib.suppress(FlowFileError):
                flow, valid = decoded(flow_format, bytes(damaged))
                assert flow.shape == (*valid.shape, 2)
                assert np.isfinite(flow[valid]).all()


@every_format
@given(data=st.binary(max_size=200))
def test_bytes_of_anything_are_refused(flow_format: FlowFormat, data: bytes) -> None:
    refusal(flow_format, data)


@every_format
@pytest.mark.parametrize(
    ("flow", "found"),
    [
        (np.zeros((3, 4, 2)), r"flow is \(3, 4, 2\) float64"),
        (np.zeros((3, 4, 2), np.float16), r"flow is \(3, 4, 2\) float16"),
        (np.zeros((3, 4, 2), ">f4"), r"flow is \(3, 4, 2\) >f4"),
        (np.zeros((3, 4, 2), np.int32), r"flow is \(3, 4, 2\) int32"),
        (np.zeros((3, 4, 3), np.float32), r"flow is \(3, 4, 3\) float32"),
        (np.zeros((3, 4), np.float32), r"flow is \(3, 4\) float32"),
        (np.zeros((0, 4, 2), np.float32), r"flow is \(0, 4, 2\) float32"),
        ([[[1.0, 2.0]]], "flow is a list"),
        (
            np.broadcast_to(np.float32(0), (2**15, 2**14, 2)),
            r"flow is \(32768, 16384, 2\), at most",
        ),
    ],
)
def test_what_is_no_flow_is_refused(flow_format: FlowFormat, flow: Flow, found: str) -> None:
    with pytest.raises(ArrayError, match=found + ".* taken"):
        flow_format.encode(flow, None)


@every_format
@pytest.mark.parametrize(
    ("valid", "found"),
    [
        (np.ones((3, 4), np.uint8), r"valid is \(3, 4\) uint8, \(3, 4\) bool"),
        (np.ones((4, 3), np.bool_), r"valid is \(4, 3\) bool, \(3, 4\) bool"),
        ([[True]], "valid is a list"),
    ],
)
def test_what_is_no_mask_is_refused(flow_format: FlowFormat, valid: np.ndarray, found: str) -> None:
    with pytest.raises(ArrayError, match=found + ".* taken"):
        flow_format.encode(np.zeros((3, 4, 2), np.float32), valid)


@every_format
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_valid_pixel_must_be_finite(flow_format: FlowFormat, value: float) -> None:
    flow = np.zeros((3, 4, 2), np.float32)
    flow[2, 1, 1] = value
    with pytest.raises(ArrayError, match=rf"flow\[2, 1\] is \(0, {value}\), not finite"):
        flow_format.encode(flow, np.ones((3, 4), np.bool_))


def test_unknown_suffix_names_those_taken() -> None:
    for name in ("a b.jpg", "flo", ".flo"):
        with pytest.raises(FlowFileError, match=r"has one of \.flo, \.png, \.npz, \.pfm"):
            format_of(name)
