"""Steps of training and validation: how long each waits for its batch, on any replicas."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from faceflow.files import atomic_write


class Steps:
    """What Keras calls for each step of `fit`; takes the batch first, and keeps it.

    Keras takes batches inside of its compiled step, where waiting for one and using it cannot be
    told apart; and what it makes of several workers' losses has no axis to take the mean over
    (3.15).

    Parameters
    ----------
    model
        A compiled ``keras.Model``; its ``fit`` will call this one.
    """

    def __init__(self, model: Any) -> None:
        self._strategy = model.distribute_strategy
        self.waited = 0.0
        """Seconds waited for batches of training."""
        self._batch: Any = None
        self._train = self._compiled(model.train_step, model.jit_compile)
        self._test = self._compiled(model.test_step, model.jit_compile)
        model.train_function = self._train_next
        model.test_function = self._test_next

    def _compiled(self, step: Any, xla: bool) -> Any:
        def on_replicas(batch: Any) -> Any:
            told = self._strategy.run(step, args=(batch,))
            return tf.nest.map_structure(self._mean, told)

        return tf.function(on_replicas, reduce_retracing=True, jit_compile=xla)

    def _mean(self, value: Any) -> Any:
        return self._strategy.reduce("MEAN", value, axis=None)

    def _train_next(self, iterator: Any) -> Any:
        started = time.perf_counter()
        self._batch = next(iterator)
        self.waited += time.perf_counter() - started
        return self._train(self._batch)

    def _test_next(self, iterator: Any) -> Any:
        return self._test(next(iterator))

    def save_batch(self, path: Path) -> None:
        """Write the last batch as npz: ``inputs/<name>`` and ``targets/<name>``."""
        inputs, targets = self._batch
        named = {f"inputs/{name}": value for name, value in inputs.items()}
        named |= {f"targets/{name}": value for name, value in targets.items()}
        file = io.BytesIO()
        np.savez(file, **{name: self._local(value) for name, value in named.items()})
        atomic_write(path, file.getbuffer())

    def _local(self, value: Any) -> Any:
        """All of it that lies on this machine."""
        parts = self._strategy.experimental_local_results(value)
        return np.concatenate([part.numpy() for part in parts])


def all_finite(model: Any) -> bool:
    """Whether no weight of a model is NaN or infinite."""
    return all(bool(tf.reduce_all(tf.math.is_finite(v.value))) for v in model.trainable_variables)
