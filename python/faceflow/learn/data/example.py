"""One example: what a network is given, and what it is to answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from faceflow.dataset.reader import Names
from faceflow.errors import ArrayError, DatasetError, FrameError
from faceflow.files import shown
from faceflow.landmarks.box import crop_box
from faceflow.learn.data.appearance import change_looks
from faceflow.learn.data.drawn import DrawnPair, draw_pair
from faceflow.learn.data.index import Pairs
from faceflow.learn.data.motion import draw_motions
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.targets import make_targets
from faceflow.learn.data.view import View
from faceflow.learn.network.names import INPUTS
from faceflow.types import AnyArray


def make_example(
    pairs: Pairs,
    index: int,
    options: PipelineOptions,
    rng: np.random.Generator,
    out: Mapping[str, AnyArray] | None = None,
) -> dict[str, AnyArray]:
    """Read one pair, cut out the face, and make its flow at each size.

    The first frame's landmarks, with a margin, say what part of both frames is seen. Flow follows
    from the landmarks as they lie on each grid: it is exact, and no file of flow is read.

    Parameters
    ----------
    pairs
        From `open_pairs`.
    index
        Which of them.
    options
        How examples are made.
    rng
        What chance takes its numbers from; the same numbers give the same example.
    out
        Arrays to write to, by name, all but ``landmarks``; by default new ones.

    Returns
    -------
    example
        ``pre_input`` and ``nxt_input``, (H, W, 3) uint8 red-green-blue; for each of
        `options.output_sizes` by its name (h, w, 3) float32: u and v in pixels of its own grid and
        the weight, 1 where they are ground truth, or 0, and all three 0; ``landmarks``, (2, N, 2)
        float64 as used, in pixels of the inputs.

    Raises
    ------
    DatasetError
        Something of the pair cannot be read; the message names the file.
    """
    try:
        drawn = draw_pair(pairs, index, options.stride, rng)
        return _make(drawn, pairs.without_hidden, options, rng, out or options.empty())
    except FrameError as error:
        raise DatasetError(error.detail) from error
    except ArrayError as error:
        raise DatasetError(f"{_called(pairs.names(index))}: {error}") from error


def _called(names: Names) -> str:
    frames = f"{shown(names.first)} -> {shown(names.second)}"
    return f"{shown(f'{names.subject}/{names.sequence}')}: {frames}"


def _make(
    pair: DrawnPair,
    without_hidden: bool,
    options: PipelineOptions,
    rng: np.random.Generator,
    out: Mapping[str, AnyArray],
) -> dict[str, AnyArray]:
    box = crop_box(pair.face, pair.size, options.margin)
    size = options.height, options.width
    views = [View(box, size)] * 2
    if options.augmentation.moves:
        motions = draw_motions(options.augmentation, box, rng)
        views = [View(box, size, motion) for motion in (motions.first, motions.second)]
        pair = pair.mirrored() if motions.mirrored else pair
    frames = pair.decoded()
    for name, view in zip(INPUTS, views, strict=True):
        view.draw(next(frames), out[name])  # held by no name while the next one is decoded
    if options.augmentation.recolours:
        pictures = [out[name] for name in INPUTS]
        for picture, changed in zip(
            pictures, change_looks(pictures, options.augmentation, rng), strict=True
        ):
            picture[:] = changed
    points = np.stack([views[0].points(pair.src), views[1].points(pair.dst)])
    make_targets(pair, points, views[0], without_hidden, options, out)
    return {**out, "landmarks": points}
