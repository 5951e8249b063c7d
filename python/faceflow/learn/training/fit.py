"""Training itself: a network, Keras's ``fit``, and what is kept of it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from faceflow.errors import ConfigError, TrainingError
from faceflow.learn.data.failures import own_errors
from faceflow.learn.training.callbacks import Keeper
from faceflow.learn.training.checkpoint import keep_best, restore, write_whole
from faceflow.learn.training.devices import make_strategy, precision
from faceflow.learn.training.history import best_epoch, has_stalled, write_history, write_plot
from faceflow.learn.training.schedules import make_schedule
from faceflow.learn.training.steps import Steps
from faceflow.learn.training.tasks import Task, compile_task, make_task
from faceflow.learn.weights import load_weights

if TYPE_CHECKING:
    from faceflow.learn.training.callbacks import TrainProgress
    from faceflow.learn.training.options import TrainOptions
    from faceflow.learn.training.run import TrainingRun

_BETAS = 0.9, 0.999


class Fit:
    """One call of Keras's ``fit``, from the last checkpoint on.

    Parameters
    ----------
    run
        A run whose folder is claimed.
    rows
        The epochs up to the last checkpoint; those that follow are added.
    """

    def __init__(self, run: TrainingRun, rows: list[dict[str, float]]) -> None:
        self._options = run.options
        self._pairs = run.pairs
        self._folder = run.folder
        self._writes = run.writes
        self._steps = run.options.resolved_steps(len(run.pairs.train))
        self._rows = rows

    def train(self, progress: TrainProgress) -> None:
        """Train to the end, unless that is done, and name the trained network."""
        options = self._options
        strategy = make_strategy(options.strategy)
        _check_replicas(options, strategy.num_replicas_in_sync)
        keras.utils.set_random_seed(options.seed)
        with strategy.scope(), precision(options.precision):
            task = make_task(options, self._pairs)
            compile_task(task, self._optimizer(task.clip), options.xla)
            if self._rows:
                restore(self._folder.last, task.model)
            elif options.weights is not None:
                task.start_from(options.weights)
        if self._rows and self._writes:
            self._catch_up(task.network)
        left = options.epochs - len(self._rows)
        if left > 0 and not has_stalled(self._rows, options.patience):
            if self._writes:  # that of a shorter run is not what comes of this one
                self._folder.model.unlink(missing_ok=True)
            progress.start("samples", left * self._steps * options.batch_size)
            self._fit(task, progress)
        if self._writes:
            self._conclude(task)

    def _catch_up(self, network: Any) -> None:
        """Write what goes with the last checkpoint: a kill may have come in between."""
        keep_best(self._folder.best, network, self._rows)
        write_history(self._folder.history, self._rows)
        write_plot(self._folder.plot, self._rows)

    def _optimizer(self, clip: float | None) -> Any:
        options = self._options
        schedule = make_schedule(options.schedule, options.rate, self._steps * options.epochs)
        accumulated = options.accumulate if options.accumulate > 1 else None
        return keras.optimizers.Adam(
            schedule, *_BETAS, clipnorm=clip, gradient_accumulation_steps=accumulated
        )

    def _fit(self, task: Task, progress: TrainProgress) -> None:
        done, model = len(self._rows), task.model
        folder = self._folder if self._writes else None
        keeper = Keeper(task.network, folder, self._options, self._rows, Steps(model), progress)
        board = keras.callbacks.TensorBoard(self._folder.logs, write_graph=False)
        replicas = model.distribute_strategy.num_replicas_in_sync
        with tensorflow_in_words(), own_errors():
            model.fit(
                task.training(done * self._steps),
                epochs=self._options.epochs,
                initial_epoch=done,
                steps_per_epoch=self._steps,
                validation_data=task.validation(replicas),
                callbacks=[keeper] if folder is None else [board, keeper],
                shuffle=False,
                verbose=0,
            )

    def _conclude(self, task: Task) -> None:
        """Give the trained network its name: the best one, or the last where none was judged."""
        network = task.network
        if best_epoch(self._rows) is None:
            write_whole(self._folder.model, network.save)
        else:
            write_whole(self._folder.model, partial(shutil.copyfile, self._folder.best))
            load_weights(network, self._folder.model)
        task.export(self._folder.exported)


def _check_replicas(options: TrainOptions, replicas: int) -> None:
    if options.batch_size % replicas:
        raise ConfigError(
            f"--batch-size {options.batch_size} is not taken with {replicas} replicas, which share "
            "it: a multiple of them is"
        )


@contextlib.contextmanager
def tensorflow_in_words() -> Iterator[None]:
    """Say in a line what TensorFlow says in many, or in none.

    Raises
    ------
    TrainingError
        In place of TensorFlow's errors.
    """
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise TrainingError(
            "the device's memory is full: a smaller --batch-size may do, with --accumulate"
        ) from error
    except tf.errors.OpError as error:
        lines = [line for line in error.message.splitlines() if line[:1].strip()]
        what = lines[-1] if lines else type(error).__name__
        raise TrainingError(f"TensorFlow cannot go on: {what}") from error
