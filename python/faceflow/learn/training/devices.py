"""What a run trains on: replicas, and their precision."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf


def make_strategy(name: str) -> Any:
    """A ``tf.distribute.Strategy``; the default one for ``none``."""
    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


@contextlib.contextmanager
def precision(policy: str) -> Iterator[None]:
    """Have layers made meanwhile compute in another precision; weights stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


class Trained(keras.Model):
    """A model that can be trained on several replicas at once.

    Before training, Keras (3.15) takes the mean of a batch over the replicas, as if it were one
    array, only to learn its shapes. One replica's part has these too.
    """

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        if iterator is not None and self._distribute_strategy is not None:
            _, _, batches = next(iter(iterator))
            parts = self._distribute_strategy.experimental_local_results
            data_batch = tf.nest.map_structure(lambda value: parts(value)[0], next(batches))
        super()._maybe_symbolic_build(data_batch=data_batch)
