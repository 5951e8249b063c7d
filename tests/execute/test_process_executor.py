"""Parts of work in processes of this machine: their results, their deaths, and ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import Any

import psutil
import pytest
from command import environment
from faces import make_faces
from generation import generate, tree
from parts import attempt, fail, fail_after, length, linger, meet, power

from faceflow.errors import FrameError, WorkerError
from faceflow.execute.processes import ProcessExecutor
from faceflow.execute.work import Stream, Work

TESTS = Path(__file__).parents[1]


@pytest.fixture
def processes() -> ProcessExecutor:
    """Two of them."""
    return ProcessExecutor(2)


def stream(function: Callable[..., Any], shared: Any, count: int) -> Work[None]:
    yield Stream(function, shared, iter(range(count)))


def counted(base: int, count: int) -> Work[list[Any]]:
    """A stage whose results are kept, in order, then a stream."""
    kept = yield [partial(power, base, exponent) for exponent in range(count)]
    assert (yield Stream(power, base, iter(range(count)))) == []
    return [value for _, value in kept]


def test_works_give_results_in_order_and_parts_are_told_of(processes: ProcessExecutor) -> None:
    """Also works that have nothing to do, and more than one run."""
    for _ in range(2):
        told: list[tuple[int, int]] = []
        works = [counted(base, count) for base, count in ((2, 9), (3, 0), (5, 20))]
        results = list(processes.run(works, told.append))
        powers = [[base**i for i in range(count)] for base, count in ((3, 0), (2, 9), (5, 20))]
        assert sorted(results) == sorted(powers)
        expected = [(i, base**i) for base, count in ((2, 9), (5, 20)) for i in range(count)]
        assert sorted(told) == sorted(2 * expected)


def test_one_work_is_shared_out_to_all_processes(
    processes: ProcessExecutor, tmp_path: Path
) -> None:
    """One long sequence does not hold up the end; none of its parts runs in ours."""
    pids: list[int] = []
    list(processes.run([stream(meet, tmp_path, 12)], pids.append))
    assert len(set(pids)) == 2
    assert os.getpid() not in pids


def test_what_parts_share_is_not_left_behind(
    processes: ProcessExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written down once for all parts of a work, and goes when they have ended."""
    get_temp_dir()  # multiprocessing's own, which stays to the end of this process
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sizes: list[int] = []
    kept: list[int] = []

    def told(size: int) -> None:
        sizes.append(size)
        kept.append(len(list(tmp_path.glob("*/*"))))

    list(processes.run([stream(length, b"x" * 10_000_000, 50) for _ in range(20)], told))
    assert sizes == [10_000_000] * 1000
    assert 0 < max(kept) <= 4
    assert list(tmp_path.iterdir()) == []


def test_error_of_a_part_is_raised_and_others_stop(
    processes: ProcessExecutor, tmp_path: Path
) -> None:
    """As it was, and without waiting for what would not end."""
    works = [stream(linger, (tmp_path, processes.stopped), 1), _failing(tmp_path)]
    with pytest.raises(FrameError, match="stops the run"):
        list(processes.run(works, lambda _: None))
    assert processes.stopped()


def _failing(folder: Path) -> Work[None]:
    yield [partial(fail_after, folder)]


def test_full_disk_is_told_as_that(processes: ProcessExecutor) -> None:
    """System errors keep their number on the way."""
    with pytest.raises(OSError, match="full") as raised:
        list(processes.run([_raising(OSError(28, "full"))], lambda _: None))
    assert raised.value.errno == 28


def _raising(error: Exception) -> Work[None]:
    yield [partial(fail, error)]


def test_killed_process_ends_the_run_in_words(processes: ProcessExecutor, tmp_path: Path) -> None:
    """As where memory is short: the part is not tried again, nothing waits for ever."""
    with pytest.raises(WorkerError, match="a worker process was killed"):
        list(processes.run([stream(attempt, tmp_path / "pids", 1)], lambda _: None))
    assert len((tmp_path / "pids").read_text().split()) == 1


def test_process_that_stands_still_is_killed_in_the_end(
    processes: ProcessExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped run ends, whatever one of its processes does."""
    monkeypatch.setattr("faceflow.execute.processes._FAREWELL_S", 0.5)

    def told(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(processes.run([stream(meet, tmp_path, 12)], told))


_LINGERING = """\
import sys
from pathlib import Path
from faceflow.execute.processes import ProcessExecutor
from faceflow.execute.work import Stream
from parts import linger

def work(executor):
    yield Stream(linger, (Path(sys.argv[1]), executor.stopped), iter(range(2)))

if __name__ == "__main__":
    executor = ProcessExecutor(2)
    list(executor.run([work(executor)], print))
"""


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    """Whatever ends it: kill -9 here."""
    (tmp_path / "began").mkdir()
    script = tmp_path / "lingering.py"
    script.write_text(_LINGERING)
    env = environment({"PYTHONPATH": os.pathsep.join([environment()["PYTHONPATH"], str(TESTS)])})
    program = subprocess.Popen([sys.executable, script, tmp_path / "began"], env=env)
    while len(list((tmp_path / "began").iterdir())) < 2:
        assert program.poll() is None
        time.sleep(0.01)
    children = psutil.Process(program.pid).children(recursive=True)
    assert len(children) >= 3  # two of them, and the one that they were forked from
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert psutil.wait_procs(children, timeout=60)[1] == []


@pytest.mark.parametrize("writer", ["files", "shards"])
def test_bytes_are_those_of_threads(tmp_path: Path, writer: str) -> None:
    """Whoever makes a part."""
    faces = make_faces(tmp_path, ("F1", "F2"), sequences=("T1", "T2"), frames=70)
    options = {"writer": writer, "viz": "all"}
    generate(faces, tmp_path / "threads", workers=2, **options)
    generate(faces, tmp_path / "processes", executor=ProcessExecutor(3), **options)
    assert tree(tmp_path / "processes") == tree(tmp_path / "threads")
