"""numpy's .npz: what numpy makes of it, and archives that are not ours."""

from __future__ import annotations

import io
import pickle
import struct
import time
import zipfile
from typing import Any

import numpy as np
import pytest
from flow_samples import decoded, encoded, peak_bytes, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from faceflow.errors import FlowFileError
from faceflow.flowio import npz

FLOW = np.arange(12).reshape(2, 3, 2).astype(np.float16)
VALID = np.array([[True, True, False], [True, False, True]])


def saved(**members: Any) -> bytes:
    archive = io.BytesIO()
    np.savez(archive, **members)
    return archive.getvalue()


def npy(array: np.ndarray, version: tuple[int, int] = (1, 0)) -> bytes:
    member = io.BytesIO()
    np.lib.format.write_array(member, array, version=version)
    return member.getvalue()


def zipped(method: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return archive.getvalue()


def test_numpy_reads_what_is_written() -> None:
    flow = FLOW.astype(np.float32)
    with np.load(io.BytesIO(encoded(npz, flow, VALID)), allow_pickle=False) as archive:
        assert sorted(archive) == ["flow", "valid"]
        assert archive["flow"].dtype == np.float16
        assert archive["valid"].dtype == np.bool_
        np.testing.assert_array_equal(archive["valid"], VALID)
        np.testing.assert_array_equal(archive["flow"][VALID], flow[VALID])
        assert np.isnan(archive["flow"][~VALID]).all()


def test_flow_where_not_valid_is_kept_as_numpy_wrote_it() -> None:
    flow, valid = decoded(npz, saved(flow=FLOW, valid=VALID))
    np.testing.assert_array_equal(flow, FLOW)
    np.testing.assert_array_equal(valid, VALID)


def test_unknown_can_be_chosen() -> None:
    flow = FLOW.astype(np.float32)
    [data] = npz.encode(flow, VALID, unknown=0)
    read, valid = decoded(npz, bytes(data))
    np.testing.assert_array_equal(read, np.where(VALID[..., None], flow, 0))
    np.testing.assert_array_equal(valid, VALID)


def test_bytes_hold_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = encoded(npz, FLOW.astype(np.float32))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    time.tzset()
    try:
        assert encoded(npz, FLOW.astype(np.float32)) == first
    finally:
        monkeypatch.undo()
        time.tzset()


@settings(deadline=None)
@given(st.floats(-65504, 65504, width=32))
def test_values_are_rounded_to_half_precision(value: float) -> None:
    flow = np.full((1, 1, 2), value, np.float32)
    np.testing.assert_array_equal(decoded(npz, encoded(npz, flow))[0], flow.astype(np.float16))


@pytest.mark.parametrize("value", [65505, -70000, 1e10])
def test_values_beyond_half_precision_are_refused(value: float) -> None:
    flow = np.zeros((2, 3, 2), np.float32)
    flow[1, 2, 0] = value
    with pytest.raises(FlowFileError, match=r"flow\[1, 2\] is .* float16 takes -65504 to 65504 px"):
        npz.encode(flow)
    valid = np.ones((2, 3), np.bool_)
    valid[1, 2] = False
    assert not decoded(npz, encoded(npz, flow, valid))[1][1, 2]


def test_signalling_nan_is_nan() -> None:
    flow = np.full((1, 1, 2), 0x7C01, np.uint16).view(np.float16)
    read, _ = decoded(npz, saved(flow=flow, valid=np.array([[False]])))
    assert np.isnan(read).all()


OBJECTS = np.empty((2, 3), object)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no zip directory at its end"),
        (b"PK\3\4" + bytes(50), "no zip directory at its end"),
        (saved(flow=FLOW), "has members ['flow.npy'], ['flow.npy', 'valid.npy'] are taken"),
        (saved(flow=FLOW, valid=VALID, more=VALID), "'more.npy'"),
        (saved(flow=FLOW, valid=VALID[:1]), "has flow (2, 3, 2) and valid (1, 3)"),
        (
            saved(flow=FLOW.astype("f4"), valid=VALID),
            "flow.npy (2, 3, 2) float32, (H, W, 2) float16",
        ),
        (saved(flow=FLOW.astype(">f2"), valid=VALID), "(2, 3, 2) >f2"),
        (saved(flow=FLOW[..., 0], valid=VALID), "flow.npy (2, 3) float16, (H, W, 2)"),
        (saved(flow=np.asfortranarray(FLOW), valid=VALID), "flow.npy (2, 3, 2) float16"),
        (saved(flow=FLOW, valid=VALID.astype("u1")), "valid.npy (2, 3) uint8, (H, W) bool"),
        (saved(flow=FLOW, valid=OBJECTS), "valid.npy (2, 3) object"),
        (saved(flow=FLOW[:0], valid=VALID[:0]), "declares width 3, height 0: not positive"),
        (saved(flow=np.full_like(FLOW, np.inf), valid=VALID), "not finite where valid is True"),
        (zipped(zipfile.ZIP_DEFLATED, flow=npy(FLOW), valid=npy(VALID)), "flow.npy compressed"),
        (zipped(flow=npy(FLOW, (2, 0)), valid=npy(VALID)), "flow.npy in .npy version (2, 0)"),
        (zipped(flow=npy(FLOW)[:-1], valid=npy(VALID)), "flow.npy has not the size of (2, 3, 2)"),
        (zipped(flow=npy(FLOW) + b"a", valid=npy(VALID)), "flow.npy has not the size of (2, 3, 2)"),
        (zipped(flow=npy(FLOW), valid=npy(VALID)[:-1] + b"\2"), "bytes other than 0 and 1"),
        (zipped(flow=pickle.dumps(FLOW), valid=npy(VALID)), "is damaged"),
        (zipped(flow=b"", valid=npy(VALID)), "is damaged"),
        (b"ab" + saved(flow=FLOW, valid=VALID), "its zip directory is not where it should be"),
    ],
)
def test_damage_is_named(data: bytes, why: str) -> None:
    assert why in refusal(npz, data)


def test_wrong_checksum_is_refused() -> None:
    data = bytearray(saved(flow=FLOW, valid=VALID))
    data[data.index(FLOW.tobytes()) + 3] ^= 1
    assert "is damaged: Bad CRC-32" in refusal(npz, bytes(data))


def test_headers_that_lie_allocate_nothing() -> None:
    wide = npy(FLOW).replace(b"(2, 3, 2), }      ", b"(9999, 9999, 2), }")
    assert b"9999" in wide
    data = zipped(flow=wide, valid=npy(VALID))
    assert peak_bytes(lambda: refusal(npz, data)) < 1_000_000
    assert "flow.npy has not the size of (9999, 9999, 2)" in refusal(npz, data)


def test_directory_that_lies_allocates_nothing() -> None:
    data = saved(flow=FLOW, valid=VALID)
    entry = data.index(b"PK\1\2")
    huge = struct.pack("<II", 2**31, 2**31)
    lying = data[: entry + 20] + huge + data[entry + 28 :]
    assert peak_bytes(lambda: refusal(npz, lying)) < 1_000_000
    assert "is damaged: size of flow.npy in its directory" in refusal(npz, lying)
