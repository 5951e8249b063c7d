"""What a run trains on: replicas, and their precision."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf


def make_strategy(name: str) -> Any:
    """A ``tf.distribute.Strategy``; the default one for ``none``."""
    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multiworker":
        with _ended_by_signals():
            return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Have Ctrl-C end the process at once.

    TensorFlow waits without an end for all workers to come, and holds the interpreter meanwhile, so
    that no handler of Python's would run. No checkpoint is being written at that moment.
    """
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    numbers = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    """A model whose variables are all there before its first step, on any number of replicas.

    Keras (3.15) leaves it to the first step to make what metrics and the optimizer need, and has
    TensorFlow trace each step twice for that; on several replicas it looks at a batch first, in a
    way that fails for batches of more than one array.
    """

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        inputs = {name: keras.KerasTensor((1, *x.shape[1:])) for name, x in self.input.items()}
        outputs = self.output.items()
        # A target has one channel more than the output: the pixels' weights.
        targets = {
            name: keras.KerasTensor((1, *y.shape[1:3], y.shape[3] + 1)) for name, y in outputs
        }
        with self.distribute_strategy.scope():
            self._symbolic_build(data_batch=(inputs, targets))
