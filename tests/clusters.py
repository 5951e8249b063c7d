"""Dask clusters of real processes, started as their users start them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from command import environment
from distributed import Client, LocalCluster
from faces import Faces
from generation import generate

from faceflow.execute.dask import DaskExecutor

TESTS = Path(__file__).parent
"""For the workers' path: they import the parts of work that they are sent."""


@contextmanager
def local_cluster(workers: int = 2, threads: int = 1) -> Iterator[LocalCluster]:
    """Worker processes of this machine, each with a nanny that starts it anew when it dies."""
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=threads,
        processes=True,
        dashboard_address=":0",
        silence_logs=60,
    ) as cluster:
        yield cluster


class Cluster:
    """A scheduler and workers, each a process started by its command; nobody replaces them."""

    def __init__(self, folder: Path, **variables: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self._start("dask_scheduler", words, variables)
        while not self.file.exists():
            assert self.processes[0].poll() is None
            time.sleep(0.02)

    def add_worker(
        self,
        before: Sequence[str] = (),
        python: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a worker; `before` runs the command, `python` are options of the interpreter."""
        words = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        words += ["--local-directory", str(self.folder)]
        return self._start("dask_worker", words, variables or {}, before, python)

    def _start(
        self,
        program: str,
        words: Sequence[str],
        variables: Mapping[str, str],
        before: Sequence[str] = (),
        python: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([environment()["PYTHONPATH"], str(TESTS)])
        command = [*before, sys.executable, *python, "-m", f"distributed.cli.{program}", *words]
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--scheduler-file", str(self.file)],
                env=environment({"PYTHONPATH": path, **variables}),
                stdout=log,
                stderr=log,
                cwd=self.folder,  # not where the run is started
            )
        self.processes.append(process)
        return process

    def wait_for(self, workers: int) -> None:
        """Until there are so many."""
        with Client(scheduler_file=str(self.file), set_as_default=False) as client:
            client.wait_for_workers(workers)

    def close(self) -> None:
        """Kill all of it."""
        for process in self.processes:
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, workers: int = 2, **variables: str) -> Iterator[Cluster]:
    """A cluster of commands; `variables` are the scheduler's."""
    commands = Cluster(folder, **variables)
    try:
        for _ in range(workers):
            commands.add_worker()
        if workers:
            commands.wait_for(workers)
        yield commands
    finally:
        commands.close()


@contextmanager
def executing(
    scheduler: object,
    output: Path,
    inputs: Sequence[Path] = (),
    told: Callable[[str], None] = print,
) -> Iterator[DaskExecutor]:
    """An executor that is ready, in an output folder of its own."""
    output.mkdir(parents=True, exist_ok=True)
    with DaskExecutor(str(scheduler), output, inputs, told) as executor, executor.ready():
        yield executor


def generate_on(
    scheduler: object, faces: Faces, output: Path | None = None, **options: Any
) -> dict[str, Any]:
    """`generation.generate`, on a cluster."""
    inputs = [faces.images, faces.landmarks]
    with DaskExecutor(str(scheduler), output or faces.output, inputs, print) as executor:
        return generate(faces, output, executor=executor, **options)


def worker_pids(scheduler: object) -> list[int]:
    """The processes of its workers."""
    with Client(str(scheduler), set_as_default=False) as client:
        return sorted(client.run(os.getpid).values())
