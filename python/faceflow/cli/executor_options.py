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
    scheduler: str | None, workers: int | None, output: Path, inputs: Sequence[Path]
) -> contextlib.AbstractContextManager[Executor]:
    """This machine's, or that of a cluster where its scheduler is given.

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

    return contextlib.nullcontext(LocalExecutor(workers))
