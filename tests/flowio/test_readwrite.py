"""read_flow and write_flow: files of any format and name, and what cannot be opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faceflow.errors import ArrayError, FlowFileError
from faceflow.flowio import FORMATS, read_flow, write_flow

every_suffix = pytest.mark.parametrize("suffix", FORMATS)
FLOW = np.arange(12, dtype=np.float32).reshape(2, 3, 2)


@every_suffix
@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_suffix_chooses_the_format(
    tmp_path: Path, suffix: str, change: Callable[[str], str]
) -> None:
    path = tmp_path / f"0001{change(suffix)}"
    write_flow(path, FLOW)
    flow = read_flow(str(path))
    np.testing.assert_array_equal(flow, FLOW)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@every_suffix
def test_validity_is_returned_where_asked(tmp_path: Path, suffix: str) -> None:
    valid = np.array([[True, False, True], [True, True, False]])
    write_flow(tmp_path / f"a{suffix}", FLOW, valid)
    flow, read_valid = read_flow(tmp_path / f"a{suffix}", return_valid=True)
    np.testing.assert_array_equal(read_valid, valid)
    np.testing.assert_array_equal(np.isnan(flow).any(axis=-1), ~valid)


@every_suffix
def test_negated_turns_the_signs(tmp_path: Path, suffix: str) -> None:
    flow = FLOW.copy()
    flow[0, 1] = np.nan
    write_flow(tmp_path / f"a{suffix}", flow)
    negated = read_flow(tmp_path / f"a{suffix}", negated=True)
    np.testing.assert_array_equal(negated, -flow)
    assert not np.signbit(negated[0, 0, 0])


@pytest.mark.parametrize(
    "name", ["a b.flo", 'it\'s "so".flo', "two\nlines.flo", "é漢.flo", os.fsdecode(b"\xff.flo")]
)
def test_any_name_is_written_read_and_named(tmp_path: Path, name: str) -> None:
    write_flow(tmp_path / name, FLOW)
    np.testing.assert_array_equal(read_flow(tmp_path / name), FLOW)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(FlowFileError) as caught:
        read_flow(tmp_path / name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.symlink_to("nowhere.flo"), "No such file or directory"),
        (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
        (lambda path: os.mkfifo(path), "Not a regular file"),
    ],
)
@every_suffix
def test_what_cannot_be_opened_is_named(
    tmp_path: Path, suffix: str, make: Callable[[Path], object], why: str
) -> None:
    path = tmp_path / f"a{suffix}"
    make(path)
    with pytest.raises(FlowFileError) as caught:
        read_flow(path)
    assert str(caught.value) == f"{path} cannot be read: {why}"


def test_unknown_suffix_is_refused_both_ways(tmp_path: Path) -> None:
    message = r"a.txt has suffix '.txt', a flow file has one of .flo, .png, .npz, .pfm"
    with pytest.raises(FlowFileError, match=message):
        read_flow(tmp_path / "a.txt")
    with pytest.raises(FlowFileError, match=message):
        write_flow(tmp_path / "a.txt", FLOW)


@every_suffix
def test_refused_field_leaves_what_was_there(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_flow(path, FLOW)
    with pytest.raises(ArrayError):
        write_flow(path, FLOW.astype(np.float64))
    with pytest.raises(FlowFileError):
        write_flow(path, FLOW * np.float32(1e20))
    np.testing.assert_array_equal(read_flow(path), FLOW)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_error_of_the_system_passes(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_flow(tmp_path / "none" / "a.flo", FLOW)


@every_suffix
def test_large_field_goes_through(tmp_path: Path, suffix: str) -> None:
    flow = np.random.default_rng(1).normal(scale=5, size=(300, 400, 2)).astype(np.float32)
    write_flow(tmp_path / f"a{suffix}", flow)
    np.testing.assert_allclose(read_flow(tmp_path / f"a{suffix}"), flow, atol=1 / 64)
