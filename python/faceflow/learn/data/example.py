"""One example: what a network is given, and what it is to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

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
from faceflow.learn.networks.names import INPUTS
from faceflow.types import AnyArray


class Begun(NamedTuple):
    """An example whose flow is made, and whose frames are still to be decoded.

    Of several examples all are begun first: what the interpreter runs for each stays in the
    processor's caches then, which frames fill.
    """

    pair: DrawnPair
    views: Sequence[View]
    options: PipelineOptions
    rng: np.random.Generator
    out: Mapping[str, AnyArray]
    points: AnyArray
    """(2, N, 2) float64: the landmarks in pixels of the inputs."""

    def finish(self) -> dict[str, AnyArray]:
        """Decode the frames and draw them as they are seen; see `make_example`."""
        frames = self.pair.decoded()
        try:
            for name, view in zip(INPUTS, self.views, strict=True):
                view.draw(next(frames), self.out[name])  # held by no name when the next is decoded
        except FrameError as error:
            raise DatasetError(error.detail) from error
        if self.options.augmentation.recolours:
            pictures = [self.out[name] for name in INPUTS]
            looks = change_looks(pictures, self.options.augmentation, self.rng)
            for picture, changed in zip(pictures, looks, strict=True):
                picture[:] = changed
        return {**self.out, "landmarks": self.points}


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
    return begin_example(pairs, index, options, rng, out).finish()


def begin_example(
    pairs: Pairs,
    index: int,
    options: PipelineOptions,
    rng: np.random.Generator,
    out: Mapping[str, AnyArray] | None = None,
) -> Begun:
    """Read one pair and make its flow; what is left is for `Begun.finish`.

    Parameters
    ----------
    pairs, index, options, rng, out
        As for `make_example`.

    Raises
    ------
    DatasetError
        As from `make_example`.
    """
    out = out or options.empty()
    try:
        pair, views = _seen(draw_pair(pairs, index, options.stride, rng), options, rng)
        points = np.stack([views[0].points(pair.src), views[1].points(pair.dst)])
        make_targets(pair, points, views[0], pairs.without_hidden, options, out)
    except ArrayError as error:
        raise DatasetError(f"{_called(pairs.names(index))}: {error}") from error
    return Begun(pair, views, options, rng, out, points)


def _seen(
    pair: DrawnPair, options: PipelineOptions, rng: np.random.Generator
) -> tuple[DrawnPair, Sequence[View]]:
    """What is seen of each frame, and the pair, mirrored if chance will have it."""
    box = crop_box(pair.face, pair.size, options.margin)
    size = options.height, options.width
    if not options.augmentation.moves:
        return pair, [View(box, size)] * 2
    motions = draw_motions(options.augmentation, box, rng)
    views = [View(box, size, motion) for motion in (motions.first, motions.second)]
    return pair.mirrored() if motions.mirrored else pair, views


def _called(names: Names) -> str:
    frames = f"{shown(names.first)} -> {shown(names.second)}"
    return f"{shown(f'{names.subject}/{names.sequence}')}: {frames}"
