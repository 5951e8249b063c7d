"""Examples for training: beside decoding and resizing alone, and beside flow that is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from measure import Call, at_least, at_most, beside
from training_data import Floor, make_dataset

from faceflow.landmarks.box import crop_box
from faceflow.learn.data.augmentation import AUGMENTATIONS
from faceflow.learn.data.buffers import Buffers
from faceflow.learn.data.drawn import DrawnPair
from faceflow.learn.data.index import Pairs
from faceflow.learn.data.options import MARGIN, PipelineOptions
from faceflow.learn.data.pipeline import make_pipeline
from faceflow.learn.data.targets import make_targets
from faceflow.learn.data.view import View

tf = pytest.importorskip("tensorflow")

BATCH = 16
CORES = 2
SIZES = {"paper": (384, 512), "small": (192, 256)}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Pairs]:
    """What the pairs are called, and they."""
    return make_dataset(tmp_path_factory.mktemp("dataset"))


@pytest.fixture(autouse=True)
def _one_thread_of_opencv() -> Iterator[None]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(threads)


def options(size: tuple[int, int], augmentation: str = "none") -> PipelineOptions:
    """Five outputs, each half the one before."""
    H, W = size
    sizes = {f"Deconv{k}_prediction": (H >> k, W >> k) for k in range(1, 6)}
    augmented = AUGMENTATIONS[augmentation]
    return PipelineOptions(BATCH, H, W, sizes, augmentation=augmented)


def reading(dataset: Any) -> Callable[[], object]:
    """All batches once. An endless stream would be read ahead while the other one is timed."""
    return lambda: [None for _ in dataset]


def floor_pipeline(floor: Floor) -> Any:
    """The same skeleton around `Floor.frames`, the same memory, too."""
    buffers = Buffers()

    def arrays(step: int) -> list[np.ndarray]:
        numbers = range(int(step) * BATCH, min((int(step) + 1) * BATCH, len(floor.items)))
        out = [buffers.take((len(numbers), *floor.size, 3), np.uint8) for _ in "ab"]
        floor.frames(numbers, out)
        return out

    def read(step: Any) -> dict[str, Any]:
        frames = tf.numpy_function(arrays, [step], [tf.uint8, tf.uint8])
        for one in frames:
            one.set_shape((None, *floor.size, 3))
        names = "pre_input", "nxt_input"
        return {n: tf.cast(one, tf.float32) for n, one in zip(names, frames, strict=True)}

    settings = tf.data.Options()
    settings.deterministic = True
    settings.autotune.enabled = False
    steps = tf.data.Dataset.range(-(-len(floor.items) // BATCH))
    batches = steps.map(read, num_parallel_calls=CORES, deterministic=True)
    return batches.prefetch(2).with_options(settings)


@pytest.mark.parametrize("preset", SIZES)
def test_beside_decoding_and_resizing(
    benchmark: Any, dataset: tuple[str, Pairs], preset: str
) -> None:
    name, pairs = dataset
    size = SIZES[preset]
    beside(
        benchmark,
        f"{len(pairs)} examples, {preset}, {name}",
        Call("pipeline, flow at five sizes", reading(make_pipeline(pairs, options(size)))),
        Call("decode, crop, resize", reading(floor_pipeline(Floor(pairs, size, MARGIN)))),
        target=at_most(1.15),
        rounds=15,
    )


@pytest.mark.parametrize("preset", SIZES)
def test_beside_stored_flow(benchmark: Any, dataset: tuple[str, Pairs], preset: str) -> None:
    """Landmarks are in memory as they are from the second epoch on, and files in the cache."""
    name, pairs = dataset
    opts, floor = options(SIZES[preset]), Floor(pairs, SIZES[preset], MARGIN)
    numbers = range(0, len(pairs), max(len(pairs) // 32, 1))
    drawn = [stored_pair(pairs, number) for number in numbers]
    sizes, out = list(opts.output_sizes.values()), opts.empty()
    beside(
        benchmark,
        f"flow of {len(numbers)} pairs at five sizes, {preset}, {name}",
        Call(".flo read and resized", lambda: [floor.stored_flow(n, sizes) for n in numbers]),
        Call("flow while reading", lambda: [targets(p, opts, out) for p in drawn]),
        target=at_least(3),
        rounds=21,
    )


def stored_pair(pairs: Pairs, index: int) -> DrawnPair:
    """The pair as it is read, pictures not decoded."""
    frames, *numbers = pairs[index]
    first, second = (frames.read(number) for number in numbers)
    assert first.triangles is not None
    ends = first.landmarks, second.landmarks
    return DrawnPair(
        first, second, frames.size, frames.tracked, pairs.placement, *ends, first.triangles
    )


def targets(pair: DrawnPair, opts: PipelineOptions, out: dict[str, np.ndarray]) -> None:
    """As in an example, to memory of the batch."""
    view = View(crop_box(pair.face, pair.size, opts.margin), (opts.height, opts.width))
    points = np.stack([view.points(pair.src), view.points(pair.dst)])
    make_targets(pair, points, view, False, opts, out)


@pytest.mark.parametrize("preset", SIZES)
def test_standard_augmentation(benchmark: Any, dataset: tuple[str, Pairs], preset: str) -> None:
    name, pairs = dataset
    made = (make_pipeline(pairs, options(SIZES[preset], kind)) for kind in ("standard", "none"))
    augmented, plain = map(reading, made)
    beside(
        benchmark,
        f"{len(pairs)} examples, {preset}, {name}",
        Call("standard augmentation", augmented),
        Call("no augmentation", plain),
        target=None,
        rounds=15,
    )
