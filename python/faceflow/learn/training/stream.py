"""The examples of a run, batch by batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import tensorflow as tf

from faceflow.errors import ConfigError
from faceflow.learn.data.augmentation import AUGMENTATIONS
from faceflow.learn.data.index import Pairs
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.pipeline import make_pipeline
from faceflow.learn.networks.names import WARPED
from faceflow.learn.training.options import TrainOptions
from faceflow.types import Size


def training_stream(
    pairs: Pairs,
    options: TrainOptions,
    sizes: Mapping[str, Size],
    outputs: Collection[str],
    start_step: int,
) -> tf.data.Dataset:
    """Batches without end, those of each step always the same.

    Parameters
    ----------
    pairs
        What to train on.
    options
        Of the run.
    sizes
        (h, w) of the network's predictions, by name.
    outputs
        Those outputs of the network that have a loss.
    start_step
        How many batches were taken before.
    """
    examples = _example_options(options, sizes, outputs, options.augment, options.stride, True)
    return divided(make_pipeline(pairs, examples, start_step), options.workers)


def validation_stream(
    pairs: Pairs,
    options: TrainOptions,
    sizes: Mapping[str, Size],
    outputs: Collection[str],
    replicas: int,
) -> tf.data.Dataset:
    """Every pair once, in order, as it is; parameters are those of `training_stream`.

    Replicas get equally many each time, as TensorFlow fails where one gets none: pairs over a
    multiple of them are left out.

    Raises
    ------
    ConfigError
        There are fewer pairs than replicas.
    """
    each = len(pairs) // replicas
    if each == 0:
        raise ConfigError(
            f"{len(pairs)} pairs for validation are too few for {replicas} replicas: --val none"
        )
    examples = _example_options(options, sizes, outputs, "none", (1, 1), False)
    if replicas > 1:
        most = range(1, options.batch_size // replicas + 1)
        batch = replicas * max(count for count in most if each % count == 0)
        examples = replace(examples, batch_size=batch)
        pairs = replace(pairs, chosen=pairs.chosen[: each * replicas])
    return divided(make_pipeline(pairs, examples), options.workers)


def _example_options(
    options: TrainOptions,
    sizes: Mapping[str, Size],
    outputs: Collection[str],
    augment: str,
    stride: tuple[int, int],
    shuffle: bool,
) -> PipelineOptions:
    return PipelineOptions(
        batch_size=options.batch_size,
        height=options.height,
        width=options.columns,
        output_sizes={name: size for name, size in sizes.items() if name in outputs},
        mask=options.mask,
        stride=stride,
        augmentation=AUGMENTATIONS[augment],
        seed=options.seed,
        shuffle=shuffle,
        with_second=WARPED in outputs,
    )


def divided(dataset: tf.data.Dataset, workers: int | None) -> tf.data.Dataset:
    """Read with so many threads; machines take turns in it, so that each batch is the same."""
    settings = tf.data.Options()
    settings.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    if workers is not None:
        settings.threading.private_threadpool_size = workers
    return dataset.with_options(settings)
