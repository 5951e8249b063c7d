"""What happens at the end of steps and epochs."""

from __future__ import annotations

import logging
import math
import time
from typing import Any, Protocol

import keras

from faceflow.errors import TrainingError
from faceflow.files import shown
from faceflow.learn.training.checkpoint import keep_best, save_checkpoint
from faceflow.learn.training.folder import RunFolder
from faceflow.learn.training.history import has_stalled, make_row, write_history, write_plot
from faceflow.learn.training.options import TrainOptions
from faceflow.learn.training.steps import Steps, all_finite

_log = logging.getLogger("faceflow")


class TrainProgress(Protocol):
    """Told of how many samples there are to train with, and of those that were."""

    def start(self, what: str, total: int) -> None: ...

    def advance(self, done: int, failed: int, note: str | None = None) -> None: ...


class Keeper(keras.callbacks.Callback):
    """Keeps a run's state as each epoch ends, and stops a run whose loss is not finite.

    Keras's own callbacks write files that a kill leaves in half, and the history apart from the
    weights. Here one file holds both, and all others are made of it.

    Parameters
    ----------
    network
        The whole network, some outputs of which are trained.
    folder
        Where to; None for a worker that is not to write.
    options
        What the run is made with.
    rows
        The epochs so far; this adds to them.
    steps
        What takes the batches.
    progress
        Told of each step.
    """

    def __init__(
        self,
        network: Any,
        folder: RunFolder | None,
        options: TrainOptions,
        rows: list[dict[str, float]],
        steps: Steps,
        progress: TrainProgress,
    ) -> None:
        super().__init__()
        self._network = network
        self._folder = folder
        self._options = options
        self._rows = rows
        self._steps = steps
        self._progress = progress
        self._count = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self._count = 0
        self._steps.waited = 0.0
        self._started = self._ended = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell of the step, and look at its loss."""
        self._ended = time.perf_counter()
        self._count += 1
        loss = logs["loss"]
        if not math.isfinite(loss):
            self._give_up(f"the loss is {loss}")
        self._progress.advance(self._options.batch_size, 0, self._note(loss))

    def _note(self, loss: float) -> str:
        note = f"loss {loss:.4g}, data wait {self._data_wait():.0%}"
        if self._rows and "val_epe" in self._rows[-1]:
            note += f", validation {self._rows[-1]['val_epe']:.3g} px"
        return note

    def _data_wait(self) -> float:
        return self._steps.waited / max(self._ended - self._started, 1e-9)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep all there is, in an order in which a kill loses nothing and doubles nothing."""
        row = self._make_row(epoch, logs)
        if not all_finite(self.model) or not all(map(math.isfinite, row.values())):
            self._give_up("weights, or the errors that they give, are not finite")
        self._rows.append(row)
        _log.info("%s", ", ".join(f"{name} {value:.6g}" for name, value in row.items()))
        if self._folder is not None:
            save_checkpoint(self._folder.last, self.model, self._rows)
            write_history(self._folder.history, self._rows)
            write_plot(self._folder.plot, self._rows)
            keep_best(self._folder.best, self._network, self._rows)
        if has_stalled(self._rows, self._options.patience):
            self.model.stop_training = True

    def _make_row(self, epoch: int, logs: Any) -> dict[str, float]:
        before = int(self._rows[-1]["steps"]) if self._rows else 0
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row = make_row(epoch + 1, before + self._count, logs, rate)
        seconds = self._ended - self._started
        row["seconds"] = round(time.perf_counter() - self._started, 3)
        row["samples_per_second"] = round(self._count * self._options.batch_size / seconds, 3)
        row["data_wait"] = round(self._data_wait(), 4)
        return row

    def _give_up(self, what: str) -> None:
        step = self._count + (int(self._rows[-1]["steps"]) if self._rows else 0)
        where = ""
        if self._folder is not None:
            self._steps.save_batch(self._folder.bad_batch)
            where = f", its batch is in {shown(self._folder.bad_batch)}"
        raise TrainingError(
            f"{what} at step {step}{where}; checkpoints are as they were before, and a lower "
            "--learning-rate may do"
        )
