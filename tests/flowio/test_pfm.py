"""PFM: its header, the order of rows and bytes, and what OpenCV makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flow_samples import decoded, encoded, peak_bytes, refusal

from faceflow.errors import FlowFileError
from faceflow.flowio import pfm, write_flow
from faceflow.opencv import cv2

FLOW = np.arange(12, dtype=np.float32).reshape(2, 3, 2)


def three(flow: np.ndarray, third: float = 0) -> np.ndarray:
    """The flow with a third channel."""
    return np.dstack([flow, np.full(flow.shape[:2], third, np.float32)])


def test_bytes_are_those_of_the_format() -> None:
    flow = FLOW.copy()
    flow[0, 0, 0] = np.inf
    rows = three(flow)
    rows[0, 0, :2] = np.nan
    assert encoded(pfm, flow) == b"PF\n3 2\n-1.0\n" + rows[::-1].astype("<f4").tobytes()


@pytest.mark.parametrize(
    ("header", "order"),
    [
        (b"PF\n3 2\n-1.0\n", "<f4"),
        (b"PF\n3 2\n1.0\n", ">f4"),
        (b"PF 3\t2 -1\n", "<f4"),
        (b"PF\r\n3 2\r\n+1e0 ", ">f4"),
    ],
)
def test_both_byte_orders_are_read(header: bytes, order: str) -> None:
    flow, valid = decoded(pfm, header + three(FLOW)[::-1].astype(order).tobytes())
    assert flow.dtype == np.float32
    np.testing.assert_array_equal(flow, FLOW)
    assert valid.all()


def test_data_that_look_like_white_space_are_no_header() -> None:
    data = b"PF\n1 1\n-1.0\n" + b"\n\n\n\n" + bytes(8)
    assert decoded(pfm, data)[0][0, 0, 0] == np.frombuffer(b"\n\n\n\n", "<f4")[0]


@pytest.mark.parametrize("unknown", [np.nan, np.inf, 1e10])
def test_unknown_is_nan_whatever_its_third_channel(unknown: float) -> None:
    rows = three(FLOW)
    rows[0, 1] = unknown
    flow, valid = decoded(pfm, b"PF\n3 2\n-1.0\n" + rows[::-1].astype("<f4").tobytes())
    assert np.isnan(flow[0, 1]).all()
    assert valid.sum() == 5


def test_values_that_mean_unknown_are_not_written_as_known() -> None:
    with pytest.raises(
        FlowFileError, match=r"flow\[0, 0\] is \(1e\+10, 1e\+10\) px, as more means unknown, .pfm"
    ):
        pfm.encode(np.full((2, 3, 2), 1e10, np.float32))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "has no whole PFM header: it begins with b''"),
        (b"P6\n3 2\n255\n", "has no whole PFM header: it begins with b'P6"),
        (b"Pf\n3 2\n-1.0\n" + bytes(24), "has one channel (Pf), three are taken (PF)"),
        (b"PF\n3 2\n-1.0", "has no whole PFM header"),
        (b"PF\n-3 2\n-1.0\n" + bytes(72), "has no whole PFM header"),
        (b"PF\n3 2\n0.5\n" + bytes(72), "has scale 0.5, 1 and -1 are taken"),
        (b"PF\n3 2\n1e\n" + bytes(72), "has scale 1e, 1 and -1 are taken"),
        (b"PF\n0 2\n-1.0\n", "declares width 0, height 2: not positive"),
        (b"PF\n99999 99999\n-1.0\n", "more than 268435456 pixels"),
        (b"PF\n3 2\n-1.0\n" + bytes(71), "is cut short: 83 bytes of 84 are there"),
        (b"PF\n3 2\n-1.0\n" + bytes(73), "has 1 trailing bytes after its 84"),
        (b"PF\n3 2\n-1.0\n" + three(FLOW, 1).tobytes(), "its third channel is not 0"),
    ],
)
def test_damage_is_named(data: bytes, why: str) -> None:
    assert why in refusal(pfm, data)


def test_header_that_lies_allocates_nothing() -> None:
    data = b"PF\n16000 16000\n-1.0\n" + bytes(100)
    assert peak_bytes(lambda: refusal(pfm, data)) < 1_000_000


def test_opencv_reads_what_is_written(tmp_path: Path) -> None:
    write_flow(tmp_path / "a.pfm", FLOW)
    image = cv2.imread(str(tmp_path / "a.pfm"), cv2.IMREAD_UNCHANGED)
    assert image is not None
    np.testing.assert_array_equal(image[..., ::-1], three(FLOW))


def test_what_opencv_writes_is_read() -> None:
    done, data = cv2.imencode(".pfm", np.ascontiguousarray(three(FLOW)[..., ::-1]))
    assert done
    np.testing.assert_array_equal(decoded(pfm, data.tobytes())[0], FLOW)
