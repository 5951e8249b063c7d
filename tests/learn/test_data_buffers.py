"""Memory of batches is used again, but never while anybody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from faceflow.learn.data.buffers import Buffers

KEEPING: dict[str, Callable[[np.ndarray], Any]] = {
    "itself": lambda array: array,
    "a part": lambda array: array[1, ::2],
    "a part of a part": lambda array: array[1:][0].T[2:],
    "other numbers": lambda array: array.view(np.int32).reshape(-1),
    "a memoryview": memoryview,
}


@pytest.mark.parametrize("kept", KEEPING.values(), ids=KEEPING)
def test_memory_that_is_looked_at_is_not_given_again(kept: Callable[[np.ndarray], Any]) -> None:
    buffers = Buffers()
    first = buffers.take((4, 6), "float32")
    address = first.ctypes.data
    left = kept(first)
    del first
    others = [buffers.take((4, 6), "float32") for _ in range(3)]
    assert address not in [other.ctypes.data for other in others]
    del left
    assert buffers.take((4, 6), "float32").ctypes.data == address


def test_batches_in_tensors_stay_as_they_are() -> None:
    """TensorFlow takes them without a copy, and they come back when it is done with them."""
    tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    buffers, addresses = Buffers(), set()

    def numbers(step: np.int64) -> np.ndarray:
        array = buffers.take((64, 64), "int64")
        array[:] = step
        addresses.add(array.ctypes.data)
        return array

    steps = tf.data.Dataset.range(200)
    stream = steps.map(lambda step: tf.numpy_function(numbers, [step], tf.int64))
    kept = []
    for step, tensor in enumerate(stream.prefetch(2)):
        assert (tensor.numpy() == step).all()
        if step % 50 == 0:
            kept.append((step, tensor[1:3]))
    assert all((part.numpy() == step).all() for step, part in kept)
    assert len(addresses) < 30
