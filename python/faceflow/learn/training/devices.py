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
