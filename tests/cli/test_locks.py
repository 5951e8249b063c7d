"""Outputs held by one run at a time, also where a file system has no locks."""

from __future__ import annotations

import contextlib
import errno
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import environment, gen, run, start
from faces import Faces, make_faces
from generation import OF_RUN, generate, tree

from faceflow.dataset.log import is_in_use

HOLD = """
import sys
from pathlib import Path
from faceflow.dataset.log import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

ASK = """
import sys
from pathlib import Path
from faceflow.dataset.log import is_in_use
print("asking", flush=True)
while True:
    is_in_use(Path(sys.argv[1]))
"""

NO_LOCKS = """
#include <errno.h>
extern "C" int flock(int, int) { errno = NUMBER; return -1; }
"""


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    """Three frames."""
    return make_faces(tmp_path)


def without_locks(folder: Path, number: int = errno.EOPNOTSUPP) -> dict[str, str]:
    """Variables of a process to which the system says that it cannot lock, as on some clusters."""
    compiler = shutil.which("g++")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no g++ to build a system without locks")
    source, library = folder / "locks.cpp", folder / f"locks{number}.so"
    source.write_text(NO_LOCKS.replace("NUMBER", str(number)))
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}


@contextlib.contextmanager
def python(code: str, output: Path, first: str) -> Iterator[subprocess.Popen[str]]:
    """Run code on an output in another process, from its first line on; kill it in the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(output)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{first}\n"
        yield process
        assert process.poll() is None
        process.kill()


def test_output_in_use_is_refused(faces: Faces) -> None:
    """Two runs would take away each other's files; once the first has died, it is free."""
    with python(HOLD, faces.output, "held"):
        assert is_in_use(faces.output)
        ended = gen(faces)
        assert ended.code == 2
        assert ended.complaint() == f"faceflow-gen: OUTPUT {faces.output} is in use by another run"
        assert tree(faces.output) == {}
    assert not is_in_use(faces.output)
    assert gen(faces).code == 0


def test_second_run_leaves_the_first_alone(tmp_path: Path) -> None:
    """The first is in the middle of its work, and ends with the bytes of a run that was alone."""
    faces = make_faces(tmp_path, frames=60)
    first = start("faceflow-gen", faces.images, faces.output, "--size", "source")
    while not list(faces.output.glob("*/flow_*/*.flo")):
        assert first.poll() is None, first.communicate()
        time.sleep(0.002)
    first.send_signal(signal.SIGSTOP)
    assert gen(faces, "--overwrite").code == 2
    first.send_signal(signal.SIGCONT)
    first.communicate()
    assert first.returncode == 0
    generate(faces, tmp_path / "alone")
    assert tree(faces.output) == tree(tmp_path / "alone")


def test_look_at_a_lock_does_not_take_it(faces: Faces) -> None:
    """`faceflow check` asks whether a dataset is in use, and a run may begin at that moment."""
    assert gen(faces).code == 0
    with python(ASK, faces.output, "asking"):
        codes = {gen(faces).code for _ in range(5)}
    assert codes == {0}


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_file_system_without_locks_is_refused(faces: Faces, tmp_path: Path, number: int) -> None:
    """The message gives the reason and the remedy, and nothing is made without --no-lock."""
    variables = without_locks(tmp_path, number)
    ended = gen(faces, env=variables)
    assert ended.code == 2
    said = ended.complaint()
    assert said.startswith(f"faceflow-gen: cannot lock OUTPUT {faces.output}: ")
    assert said.endswith("; make sure that no other run writes there, then give --no-lock")
    assert tree(faces.output) == {}
    assert gen(faces, "--no-lock", env=variables).code == 0
    generate(faces, tmp_path / "locked")
    assert tree(faces.output) == tree(tmp_path / "locked")
    assert not is_in_use(faces.output)


def test_every_command_that_writes_can_do_without_locks(tmp_path: Path) -> None:
    """Each refuses first."""
    faces = make_faces(tmp_path, ["A", "B", "C"])
    generate(faces)
    variables = without_locks(tmp_path)
    found = "faceflow", "landmarks", faces.images, tmp_path / "found", "--landmarks", "files"
    for words in (
        found,
        ("faceflow", "split", faces.output),
        ("faceflow", "export", faces.output, tmp_path / "shards"),
        ("faceflow-eval", faces.output, tmp_path / "results", "--method", "zero"),
    ):
        refused = run(*words, env=variables)
        assert refused.code == 2, words
        assert "cannot lock " in refused.complaint()
        done = run(*words, "--no-lock", env=variables)
        assert done.code == 0, done


def test_lock_is_a_hidden_file(faces: Faces) -> None:
    """Beside the log, and no part of the dataset."""
    assert gen(faces).code == 0
    names = {path.name for path in faces.output.iterdir() if path.is_file()}
    assert names - OF_RUN == {"dataset.json", "report.html", "progress.sqlite"}
    assert run("faceflow", "check", faces.output).code == 0
