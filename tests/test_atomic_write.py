"""faceflow.files.atomic_write: a file is there whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from file_kinds import AWKWARD_NAMES

from faceflow.files import atomic_write


class StoppedMidway(Sequence[bytes]):
    """A first buffer, then whatever `stop` does in place of the second."""

    def __init__(self, stop: Callable[[], object]) -> None:
        self.stop = stop

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: Any) -> Any:
        if index == 0:
            return b"first"
        self.stop()
        raise IndexError


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_write_takes_any_name(tmp_path: Path, name: str) -> None:
    atomic_write(tmp_path / name, b"content")
    assert [os.fsencode(path.name) for path in tmp_path.iterdir()] == [os.fsencode(name)]
    assert (tmp_path / name).read_bytes() == b"content"


def test_write_takes_the_longest_name(tmp_path: Path) -> None:
    name = "漢" * 84 + "a.b"  # 255 bytes
    atomic_write(tmp_path / name, b"content")
    assert (tmp_path / name).read_bytes() == b"content"


def test_write_takes_buffers_of_any_kind_in_order(tmp_path: Path) -> None:
    field = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    parts = [b"ab", bytearray(b"cd"), memoryview(b"ef"), field, field.astype(np.float16)]
    atomic_write(tmp_path / "a", parts)
    assert (tmp_path / "a").read_bytes() == b"abcdef" + bytes(parts[3]) + bytes(parts[4])
    atomic_write(tmp_path / "a", field)
    assert (tmp_path / "a").read_bytes() == field.tobytes()


def test_write_replaces(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"what was there before")
    atomic_write(str(tmp_path / "a"), b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    atomic_write(tmp_path / "atomic", b"")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt; where a shell starts the tests in the background it would be
    ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_interrupt_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "a", StoppedMidway(lambda: signal.raise_signal(signal.SIGINT)))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_error_of_the_system_passes_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        atomic_write(tmp_path / "folder", b"content")
    with pytest.raises(FileNotFoundError):
        atomic_write(tmp_path / "none" / "a", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def run_in_child(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, str(folder)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_no_room_passes_as_oserror_and_leaves_nothing(tmp_path: Path) -> None:
    code = """
import pathlib, resource, signal, sys
from faceflow.files import atomic_write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    atomic_write(pathlib.Path(sys.argv[1], "a"), [bytes(600), bytes(600)])
except OSError as error:
    print(type(error).__name__)
"""
    assert run_in_child(code, tmp_path).stdout == "OSError\n"
    assert list(tmp_path.iterdir()) == []


def test_killed_writer_leaves_a_hidden_temporary_only(tmp_path: Path) -> None:
    code = """
import os, pathlib, signal, sys
from faceflow.files import atomic_write
class Killed(list):
    def __iter__(self):
        yield b"first"
        os.kill(os.getpid(), signal.SIGKILL)
atomic_write(pathlib.Path(sys.argv[1], "a"), Killed())
"""
    assert run_in_child(code, tmp_path).returncode == -signal.SIGKILL
    [left] = tmp_path.iterdir()
    assert left.name.startswith(".")
    assert left.name.endswith(".tmp")


def test_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    contents = [bytes([number]) * 200_000 for number in range(8)]
    threads = [
        threading.Thread(target=atomic_write, args=(tmp_path / "a", content))
        for content in contents
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "a").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
