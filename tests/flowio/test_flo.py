"""Middlebury .flo: its bytes, its unknown pixels, and what OpenCV makes of it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from flow_samples import decoded, encoded, peak_bytes, refusal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from faceflow.errors import FlowFileError
from faceflow.flowio import flo, read_flow, write_flow
from faceflow.opencv import cv2
from faceflow.types import Flow

finite = st.floats(-1e9, 1e9, width=32)


def file_of(width: int, height: int, field: bytes, magic: bytes = b"PIEH") -> bytes:
    return magic + struct.pack("<ii", width, height) + field


def test_bytes_are_those_of_the_format() -> None:
    flow = np.array([[[1, -2], [np.nan, 5]]], np.float32)
    field = struct.pack("<4f", 1, -2, 1e10, 1e10)
    assert encoded(flo, flow) == struct.pack("<f", 202021.25) + struct.pack("<ii", 2, 1) + field


@settings(deadline=None)
@given(
    flow=hnp.arrays(np.float32, st.tuples(*[st.integers(1, 4)] * 2, st.just(2)), elements=finite)
)
def test_every_float_is_kept(flow: Flow) -> None:
    np.testing.assert_array_equal(decoded(flo, encoded(flo, flow))[0], flow)


@pytest.mark.parametrize("unknown", [1e10, -1e10, 1.0001e9, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("component", [0, 1])
def test_unknown_in_one_component_is_nan_in_both(unknown: float, component: int) -> None:
    field = np.ones((1, 2, 2), "<f4")
    field[0, 1, component] = unknown
    flow, valid = decoded(flo, file_of(2, 1, field.tobytes()))
    assert valid.tolist() == [[True, False]]
    assert np.isnan(flow[0, 1]).all()
    assert flow[0, 0].tolist() == [1, 1]


def test_signalling_nan_is_nan() -> None:
    flow, valid = decoded(flo, file_of(1, 1, b"\x01\x00\x80\x7f" * 2))
    assert np.isnan(flow).all()
    assert not valid.any()


def test_values_that_mean_unknown_are_not_written_as_known() -> None:
    flow = np.zeros((3, 4, 2), np.float32)
    flow[1, 3] = 1e10, 0
    message = r"flow\[1, 3\] is \(1e\+10, 0\) px, as more means unknown, .flo takes -1e"
    with pytest.raises(FlowFileError, match=message):
        flo.encode(flow)
    valid = np.ones((3, 4), np.bool_)
    valid[1, 3] = False
    assert np.isnan(decoded(flo, encoded(flo, flow, valid))[0][1, 3]).all()


def test_unknown_can_be_chosen() -> None:
    flow = np.array([[[1, 2], [np.nan, 5]]], np.float32)
    for unknown in (0.0, np.nan):
        _, field = flo.encode(flow, None, unknown=unknown)
        expected = np.array([1, 2, unknown, unknown], np.float32)
        np.testing.assert_array_equal(np.frombuffer(field, "<f4"), expected)


def test_known_field_is_not_copied() -> None:
    flow = np.zeros((50, 40, 2), np.float32)
    for valid in (None, np.ones((50, 40), np.bool_)):
        _, field = flo.encode(flow, valid)
        assert np.shares_memory(np.frombuffer(field, np.float32), flow)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is cut short: 0 bytes, the header alone has 12"),
        (b"PIEH\1\0\0\0", "is cut short: 8 bytes"),
        (file_of(1, 1, bytes(8), b"RIFF"), "is no .flo file: it begins with b'RIFF', not b'PIEH'"),
        (b"HEIP" + struct.pack(">ii2f", 1, 1, 0, 0), "its magic number is big endian"),
        (file_of(0, 1, b""), "declares width 0, height 1: not positive"),
        (file_of(2, -1, bytes(8)), "declares width 2, height -1: not positive"),
        (file_of(-2, -1, bytes(16)), "declares width -2, height -1: not positive"),
        (file_of(2**14, 2**15, b""), "more than 268435456 pixels"),
        (file_of(3, 2, bytes(47)), "is cut short: 59 bytes of 60 are there"),
        (file_of(3, 2, bytes(50)), "has 2 trailing bytes after its 60"),
    ],
)
def test_damage_is_named(data: bytes, why: str) -> None:
    assert why in refusal(flo, data)


def test_header_that_lies_allocates_nothing() -> None:
    data = file_of(16_000, 16_000, bytes(100))
    assert peak_bytes(lambda: refusal(flo, data)) < 1_000_000


def test_opencv_reads_what_is_written(tmp_path: Path) -> None:
    flow = np.random.default_rng(3).normal(size=(5, 7, 2)).astype(np.float32)
    write_flow(tmp_path / "a.flo", flow)
    np.testing.assert_array_equal(cv2.readOpticalFlow(str(tmp_path / "a.flo")), flow)


def test_what_opencv_writes_is_read(tmp_path: Path) -> None:
    flow = np.random.default_rng(4).normal(size=(5, 7, 2)).astype(np.float32)
    assert cv2.writeOpticalFlow(str(tmp_path / "a.flo"), flow)
    np.testing.assert_array_equal(read_flow(tmp_path / "a.flo"), flow)
