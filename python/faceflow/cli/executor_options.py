"""Who does the work of a command: this machine, or a cluster."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from faceflow.errors import ConfigError

if TYPE_CHECKING:
    from faceflow.execute.executor import Executor

_CHOICES = ("local", "dask")

LEAST_FOR_PROCESSES = 2_000
"""Frames: some seconds of work, beside which a third of one to start processes does not count."""


def check_executor(executor: str, scheduler: str | None, workers: int | None) -> None:
    """Whether the options go together.

    Raises
    ------
    ConfigError
        They do not.
    """
    if executor not in _CHOICES:
        raise ConfigError(f"--executor {executor!r} is not taken: {', '.join(_CHOICES)} are")
    if executor == "local" and scheduler is not None:
        raise ConfigError("--scheduler is taken with --executor dask only")
    if executor == "dask" and scheduler is None:
        raise ConfigError(
            "--executor dask needs --scheduler: the cluster's tcp://host:port, or the file that "
            "its scheduler writes"
        )
    if executor == "dask" and workers is not None:
        raise ConfigError("--workers is not taken with --executor dask: the cluster has its own")


def make_executor(
    scheduler: str | None, workers: int | None, output: Path, inputs: Sequence[Path], frames: int
) -> contextlib.AbstractContextManager[Executor]:
    """This machine's, or that of a cluster where its scheduler is given.

    On this machine, threads for a few frames, as processes take a moment to start.

    Raises
    ------
    ConfigError
        The cluster cannot be reached, or what it takes is not installed.
    """
    if scheduler is not None:
        from faceflow.execute.dask import DaskExecutor

        cluster = DaskExecutor(scheduler, output, inputs, lambda line: typer.echo(line, err=True))
        # What it says of a lost connection is told by our own exceptions.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        return cluster
    from faceflow.execute.local import LocalExecutor
    from faceflow.execute.processes import ProcessExecutor

    threads = LocalExecutor(workers)
    several = threads.workers > 1 and frames >= LEAST_FOR_PROCESSES
    return contextlib.nullcontext(ProcessExecutor(threads.workers) if several else threads)
