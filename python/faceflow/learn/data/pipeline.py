"""Examples as a ``tf.data`` pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from faceflow.errors import ConfigError
from faceflow.execute.cores import allowed_cores
from faceflow.learn.data.buffers import Buffers
from faceflow.learn.data.calls import CALLS
from faceflow.learn.data.examples import Examples
from faceflow.learn.data.face_examples import FaceExamples, FaceOptions
from faceflow.learn.data.failures import carried
from faceflow.learn.data.index import Pairs
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.networks.names import INPUTS
from faceflow.memory import keep_freed_memory
from faceflow.opencv import one_thread
from faceflow.types import AnyArray

if TYPE_CHECKING:
    import tensorflow as tf

_AHEAD = 2
"""Batches that are made while the network is busy."""


def make_pipeline(pairs: Pairs, options: PipelineOptions, start_step: int = 0) -> tf.data.Dataset:
    """The examples of some pairs in batches, made on all cores.

    With `options.shuffle` the stream is endless; each epoch has another order, and batches go on
    across its end. The example at each position follows from seed and position alone: whatever the
    threads, the stream is the same, and one that starts at step k is the rest of it. Otherwise
    every pair comes once, in order, and the last batch may be small.

    Parameters
    ----------
    pairs
        From `open_pairs`.
    options
        How examples are made.
    start_step
        How many batches have been taken before.

    Returns
    -------
    dataset
        Of (inputs, targets): ``{"pre_input", "nxt_input"}``, (B, H, W, 3) float32, 0 to 255
        red-green-blue; and for each output (B, h, w, 3) float32, u, v and weight, with
        ``warped_output``, (B, H, W, 4), the second frame and the weights of the first output, where
        `options.with_second`. What an example cannot be made for ends the stream:
        `failures.own_errors` raises it as it was.

    Raises
    ------
    ConfigError
        There is no pair, or `start_step` is negative.
    """
    if len(pairs) == 0 or start_step < 0:
        raise ConfigError(f"{len(pairs)} pairs from step {start_step} on make no pipeline")
    last = np.iinfo(np.int64).max if options.shuffle else -(-len(pairs) // options.batch_size)
    return _read_ahead(_Batches(pairs, options).read, start_step, last)


def make_face_pipeline(examples: FaceExamples, start_step: int = 0) -> tf.data.Dataset:
    """Put examples for the face network in batches, made on all cores.

    The stream is that of `make_pipeline`: it follows from seed and position alone.

    Parameters
    ----------
    examples
        What is trained on.
    start_step
        Number of batches taken before.

    Returns
    -------
    dataset
        Of (inputs, targets), see `faceflow.learn.networks.face_training.TwoPasses`.

    Raises
    ------
    ConfigError
        There is no pair, or `start_step` is negative.
    """
    if len(examples) == 0 or start_step < 0:
        raise ConfigError(f"{len(examples)} pairs from step {start_step} on make no pipeline")
    options = examples.options
    last = np.iinfo(np.int64).max if options.shuffle else -(-len(examples) // options.batch_size)
    return _read_ahead(_FaceBatches(examples).read, start_step, last)


def _read_ahead(read: Callable[..., Any], start: int, last: int) -> tf.data.Dataset:
    """Batches of steps, in order, on all cores."""
    import tensorflow as tf

    settings = tf.data.Options()
    settings.deterministic = True
    settings.autotune.enabled = False
    keep_freed_memory()
    return (
        tf.data.Dataset.range(start, last)
        .map(read, num_parallel_calls=len(allowed_cores()), deterministic=True)
        .prefetch(_AHEAD)
        .with_options(settings)
    )


class _Batches:
    """Batches through TensorFlow, each read whole by one thread.

    So examples are written where they stay, where TensorFlow would put arrays of one example each
    together, in a copy.
    """

    def __init__(self, pairs: Pairs, options: PipelineOptions) -> None:
        self._examples, self._options = Examples(pairs, options), options
        self._buffers = Buffers()

    def read(self, step: tf.Tensor) -> tuple[dict[str, Any], dict[str, Any]]:
        """The batch (inputs, targets) of a step."""
        import tensorflow as tf

        batch = _tensors(self._arrays, step, self._options)
        # Bytes cross, a quarter of what the network is given.
        inputs = {name: tf.cast(batch[name], tf.float32) for name in INPUTS}
        targets = {name: batch[name] for name in self._options.output_sizes}
        if self._options.with_second:
            targets["warped_output"] = _weighted(inputs["nxt_input"], next(iter(targets.values())))
        return inputs, targets

    def _arrays(self, step: np.int64) -> list[AnyArray]:
        positions, arrays = _taken(self._buffers, self._options, len(self._examples), step)
        with CALLS, carried(), one_thread():
            begun = [
                self._examples.begin(position, {n: array[place] for n, array in arrays.items()})
                for place, position in enumerate(positions)
            ]
            for example in begun:
                example.finish()
        return list(arrays.values())


class _FaceBatches:
    """Batches for the face network, each read whole by one thread."""

    def __init__(self, examples: FaceExamples) -> None:
        self._examples, self._buffers = examples, Buffers()

    def read(self, step: tf.Tensor) -> tuple[dict[str, Any], dict[str, Any]]:
        """The batch (inputs, targets) of a step."""
        import tensorflow as tf

        batch = _tensors(self._arrays, step, self._examples.options)
        inputs = {n: batch[n] for n in ("first", "second", "initial", "coarse", "shown")}
        flow = batch["flow"]
        half = tf.nn.avg_pool2d(flow, 2, 2, "VALID")
        targets = {"fine": flow, "error": flow, "pulled": batch["picture"]}
        return inputs, {**targets, "half": half * [0.5, 0.5, 1.0]}

    def _arrays(self, step: np.int64) -> list[AnyArray]:
        examples = self._examples
        positions, arrays = _taken(self._buffers, examples.options, len(examples), step)
        with CALLS, carried(), one_thread():
            for place, position in enumerate(positions):
                examples.write(position, {n: array[place] for n, array in arrays.items()})
        return list(arrays.values())


def _taken(
    buffers: Buffers, options: PipelineOptions | FaceOptions, examples: int, step: np.int64
) -> tuple[range, dict[str, AnyArray]]:
    """The positions of a step's examples, and memory for them by the names of their arrays."""
    positions = range(int(step) * options.batch_size, (int(step) + 1) * options.batch_size)
    if not options.shuffle:
        positions = positions[: examples - positions.start]
    kinds = options.kinds.items()
    count = len(positions)
    return positions, {n: buffers.take((count, *shape), dtype) for n, (dtype, shape) in kinds}


def _tensors(
    read: Callable[..., Any], step: tf.Tensor, options: PipelineOptions | FaceOptions
) -> dict[str, tf.Tensor]:
    """What a function reads of a step, as tensors of known shapes by their names."""
    import tensorflow as tf

    kinds = options.kinds
    found = tf.numpy_function(read, [step], [dtype for dtype, _ in kinds.values()])
    batch = dict(zip(kinds, found, strict=True))
    count = options.batch_size if options.shuffle else None
    for name, (_, shape) in kinds.items():
        batch[name].set_shape((count, *shape))
    return batch


def _weighted(frames: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Frames (B, H, W, 3) with the weights of a smaller target beside them, (B, H, W, 4)."""
    import tensorflow as tf

    weights = target[..., 2:]
    for axis in (1, 2):
        weights = tf.repeat(weights, frames.shape[axis] // target.shape[axis], axis)
    return tf.concat([frames, weights], axis=-1)
