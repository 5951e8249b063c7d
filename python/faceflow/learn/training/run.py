"""A whole training run."""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faceflow
from faceflow.errors import ConfigError
from faceflow.files import digest_file, shown
from faceflow.learn.extra import need_tensorflow
from faceflow.learn.networks.shapes import weight_shapes
from faceflow.learn.training.chief import is_chief
from faceflow.learn.training.folder import LOG_NAME, RunFolder
from faceflow.learn.training.history import Row, best_epoch, has_stalled
from faceflow.learn.training.options import TrainOptions
from faceflow.learn.training.pairs import choose_pairs

if TYPE_CHECKING:
    from faceflow.learn.training.callbacks import TrainProgress

_log = logging.getLogger("faceflow")


class TrainingRun:
    """Trains what is asked for, and goes on where an earlier run with the same options ended.

    Nothing of TensorFlow is loaded before `train`.

    Parameters
    ----------
    options
        What to train, on what, and where to.
    overwrite
        Begin anew, whatever is there.
    lock
        Lock the run's folder.

    Raises
    ------
    ConfigError
        The extra is not installed, there are no pairs, or options do not suit the dataset.
    DatasetError
        DATA cannot be read.
    ModelFileError
        The weights to start from cannot be read, or do not fit the network.
    """

    def __init__(self, options: TrainOptions, overwrite: bool = False, lock: bool = True) -> None:
        need_tensorflow("training")
        self.options = options
        self.overwrite = overwrite
        self.lock = lock
        self.writes = is_chief(options.strategy)
        self.folder = RunFolder(options.run)
        if options.weights is not None:
            _check_weights(options.weights, options)
        self.pairs = choose_pairs(options)
        if options.patience is not None and self.pairs.validation is None:
            raise ConfigError("--patience needs validation, and there are no pairs for that")

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the run's folder.

        Raises
        ------
        ConfigError
            It is in use, cannot be written, or holds a run made otherwise.
        OSError
            The disk is full.
        """
        if not self.writes:
            yield
            return
        with self.folder.claim(self._made_with(), self.overwrite, self.lock):
            yield

    @property
    def log(self) -> Path | None:
        """The file of what happens; None for workers that write nothing."""
        return self.options.run / LOG_NAME if self.writes else None

    def _made_with(self) -> dict[str, Any]:
        options = self.options.defining()
        options["weights"] = _digest(self.options.weights)
        packages = ("tensorflow", "keras", "numpy")
        versions = {name: importlib.metadata.version(name) for name in packages}
        return {
            "options": options,
            "data": self.pairs.identity,
            "versions": {"faceflow": faceflow.__version__, **versions},
        }

    def train(self, progress: TrainProgress) -> dict[str, Any]:
        """Train to the end, unless that is done, and give the summary.

        Raises
        ------
        TrainingError
            The loss, or a weight, is not finite.
        OSError
            The disk is full or failing. What is there is whole; the same command goes on.
        """
        rows = self.rows_before()
        over = len(rows) >= self.options.epochs or has_stalled(rows, self.options.patience)
        if not over or not self.folder.model.exists():
            from faceflow.learn.training.fit import Fit

            Fit(self, rows).train(progress)
        return self._summary(rows)

    def rows_before(self) -> list[dict[str, float]]:
        """The epochs to go on from, as `read_rows` of the last checkpoint gives them.

        Beginning anew there are none, though a worker that does not write may still see the old
        checkpoint, which the first worker has yet to take away.
        """
        from faceflow.learn.training.checkpoint import read_rows

        return [] if self.overwrite else read_rows(self.folder.last)

    def _summary(self, rows: Sequence[Row]) -> dict[str, Any]:
        best, last = best_epoch(rows), rows[-1]
        return {
            "run": shown(self.folder.root),
            "network": self.options.network,
            "experiment": self.options.experiment,
            "epochs": len(rows),
            "steps": int(last["steps"]),
            "train_pairs": len(self.pairs.train),
            "validation_pairs": len(self.pairs.validation or ()),
            "loss": last["loss"],
            "epe": last["epe"],
            "validation_epe": None if best is None else rows[best]["val_epe"],
            "best_epoch": None if best is None else best + 1,
            "samples_per_second": last["samples_per_second"],
            "data_wait": last["data_wait"],
            "model": shown(self.folder.model),
        }


def train(
    options: TrainOptions, progress: TrainProgress | None = None, overwrite: bool = False
) -> dict[str, Any]:
    """Train to the end, or go on with what is there; what ``faceflow-train`` does.

    Parameters
    ----------
    options
        What to train, on what, and where to.
    progress
        Told of each step.
    overwrite
        Begin anew, whatever is there.

    Returns
    -------
    summary
        As ``--json`` prints it.

    Raises
    ------
    ConfigError
        The extra is not installed, options are not taken, or the folder holds another run.
    DatasetError
        The dataset, or a frame of it, cannot be read.
    ModelFileError
        The weights to start from cannot be read, or do not fit the network.
    TrainingError
        The loss is not finite, or the device's memory is full.
    """
    run = TrainingRun(options, overwrite)
    with run.claim():
        return run.train(progress or Untold())


class Untold:
    """Progress that nobody is told of."""

    def start(self, what: str, total: int) -> None:
        """Take no notice."""

    def advance(self, done: int, failed: int, note: str | None = None) -> None:
        """Take no notice."""


def _check_weights(path: Path, options: TrainOptions) -> None:
    """Refuse weights that do not fit before anything is loaded or written."""
    if not path.is_file():
        raise ConfigError(f"--weights {shown(path)} is no file")
    from faceflow.learn.matching import match_layers, open_weights

    with open_weights(path) as stored:
        if options.network == "flownets":
            match_layers(stored, weight_shapes(options.width))


def _digest(path: Path | None) -> str | None:
    """What tells a file from others."""
    return None if path is None else digest_file(path).hex()
