"""Progress of a long run, as lines and as a bar."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time

import pytest
from command import environment

from faceflow.cli import progress
from faceflow.cli.progress import LineProgress

STILL = """
import time
from faceflow.cli import progress
progress._INTERVAL_S = 0.2
with progress.make_progress() as told:
    told.start("frames", 10)
    told.advance(4, 1)
    time.sleep(1.5)
    told.advance(6, 0)
"""

LOST = """
import os, signal, time, typer
from faceflow.cli import main, progress

class Deaf:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)

app = typer.Typer()

@app.command()
def work() -> None:
    with progress.make_progress() as told:
        told.start("frames", 9)
        Deaf()
        print("goes on", flush=True)
        told.advance(1, 0)
        print("and on", flush=True)

main._run(app, "work", [])
"""


def test_lines_tell_how_far_a_run_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rate, time left and failures; nothing once all is done."""
    monkeypatch.setattr(progress, "_INTERVAL_S", 0.2)
    with LineProgress() as told:
        told.start("frames", 1000)
        for _ in range(30):
            told.advance(1, 0)
            time.sleep(0.02)
        told.advance(970, 1)
        time.sleep(0.5)
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert lines[0].split(", ")[0].endswith(" of 1000 frames")
    assert lines[0].endswith(" s left, 0 failed")


def test_run_that_stands_still_is_told() -> None:
    """Every interval anew, so that no run waits in silence."""
    done = subprocess.run(
        [sys.executable, "-c", STILL], env=environment(), capture_output=True, text=True, check=True
    )
    lines = done.stderr.splitlines()[1:]  # the first may come an instant too early
    assert len(lines) >= 2
    assert all(line.startswith("4 of 10 frames, ") for line in lines)
    assert all(", 1 failed, nothing done for " in line for line in lines)


def test_bar_of_a_run_that_stands_still_tells_it() -> None:
    """On a terminal, beside the bar."""
    ours, theirs = pty.openpty()
    variables = environment({"TERM": "xterm", "COLUMNS": "160"})
    with subprocess.Popen(
        [sys.executable, "-c", STILL], env=variables, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # how a terminal says that its other end has gone
            pass
        assert process.wait() == 0
    os.close(ours)
    assert b"4/10" in shown
    assert b"nothing done for 1 s" in shown


def test_interrupt_that_a_library_drops_ends_the_run_all_the_same() -> None:
    """At the next step, with the exit code and the words of any Ctrl-C."""
    done = subprocess.run(
        [sys.executable, "-c", LOST], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, "goes on\n")
    assert done.stderr.endswith("work: interrupted; the same command goes on\n")
