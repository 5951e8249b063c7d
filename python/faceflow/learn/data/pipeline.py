"""Examples as a ``tf.data`` pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from faceflow.errors import ConfigError
from faceflow.execute.cores import allowed_cores
from faceflow.learn.data.example import INPUTS
from faceflow.learn.data.examples import Examples
from faceflow.learn.data.failures import carried
from faceflow.learn.data.index import Pairs
from faceflow.learn.data.options import PipelineOptions
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
        ``warped_output``, the second frame, where `options.with_second`. What an example cannot be
        made for ends the stream: `failures.own_errors` raises it as it was.

    Raises
    ------
    ConfigError
        There is no pair, or `start_step` is negative.
    """
    import tensorflow as tf

    if len(pairs) == 0 or start_step < 0:
        raise ConfigError(f"{len(pairs)} pairs from step {start_step} on make no pipeline")
    first = start_step * options.batch_size
    positions = tf.data.Dataset.range(
        first, np.iinfo(np.int64).max if options.shuffle else len(pairs)
    )
    settings = tf.data.Options()
    settings.deterministic = True
    settings.autotune.enabled = False
    read = _Reading(pairs, options)
    return (
        positions.map(read.one, num_parallel_calls=len(allowed_cores()), deterministic=True)
        .batch(options.batch_size, drop_remainder=options.shuffle)
        .map(read.split)
        .prefetch(_AHEAD)
        .with_options(settings)
    )


class _Reading:
    """An example through TensorFlow: frames as bytes, and one list of numbers for all fields.

    Each array that crosses costs, and floats cost four times as much as bytes.
    """

    def __init__(self, pairs: Pairs, options: PipelineOptions) -> None:
        self.examples, self.options = Examples(pairs, options), options
        self.shapes = [(*size, 3) for size in options.output_sizes.values()]

    def one(self, position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow as tf

        frames, fields = tf.numpy_function(self._arrays, [position], (tf.uint8, tf.float32))
        frames.set_shape((2, self.options.height, self.options.width, 3))
        fields.set_shape([sum(h * w * c for h, w, c in self.shapes)])
        return frames, fields

    def _arrays(self, position: np.int64) -> tuple[AnyArray, AnyArray]:
        with carried(), one_thread():
            example = self.examples[int(position)]
        frames = np.stack([example[name] for name in INPUTS])
        fields = [example[name].reshape(-1) for name in self.options.output_sizes]
        return frames, np.concatenate(fields)

    def split(self, frames: tf.Tensor, fields: tf.Tensor) -> tuple[dict[str, Any], dict[str, Any]]:
        import tensorflow as tf

        both = tf.cast(frames, tf.float32)
        inputs = {name: both[:, i] for i, name in enumerate(INPUTS)}
        lengths = [h * w * c for h, w, c in self.shapes]
        parts = tf.split(fields, lengths, axis=1)
        targets = {
            name: tf.reshape(part, (-1, *shape))
            for name, part, shape in zip(self.options.output_sizes, parts, self.shapes, strict=True)
        }
        if self.options.with_second:
            targets["warped_output"] = inputs["nxt_input"]
        return inputs, targets
