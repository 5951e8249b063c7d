"""One example: what a network is given, and what it is to answer."""

from __future__ import annotations

import numpy as np

from faceflow.errors import ArrayError, DatasetError, FrameError
from faceflow.images import decode_image
from faceflow.learn.data.crop import crop_box
from faceflow.learn.data.index import Pair, Pairs
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.sequences import StoredFrame
from faceflow.learn.data.view import View
from faceflow.opencv import cv2
from faceflow.truth.border import ANCHORS
from faceflow.truth.extension import synthesize_true_scales
from faceflow.types import AnyArray, Flow, Image, Mask, Size

INPUTS = ("pre_input", "nxt_input")


def make_example(
    pairs: Pairs, index: int, options: PipelineOptions, rng: np.random.Generator
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
    pair = pairs[index]
    first, second = pair.frames.read(pair.first), pair.frames.read(pair.second)
    try:
        return _make(pairs, pair, (first, second), options)
    except FrameError as error:
        raise DatasetError(error.detail) from error
    except ArrayError as error:
        raise DatasetError(f"{first.name} -> {second.name}: {error}") from error


def _make(
    pairs: Pairs, pair: Pair, stored: tuple[StoredFrame, StoredFrame], options: PipelineOptions
) -> dict[str, AnyArray]:
    frames, size = pair.frames, (options.height, options.width)
    src, dst = (frame.landmarks for frame in stored)
    triangles = stored[0].triangles
    if triangles is None:
        triangles = pairs.placement.triangulate(src)
    seen = src[: len(src) - ANCHORS * pairs.placement.border]  # anchors lie around the whole frame
    view = View(crop_box(seen, frames.size, options.margin), size)
    pictures = (view.picture(_decode(frame, frames.size)) for frame in stored)
    src, dst = view.points(src), view.points(dst)
    names, sizes = tuple(options.output_sizes), list(options.output_sizes.values())
    flows, valids = synthesize_true_scales(
        src, dst, size, sizes, triangles, frames.tracked, pairs.without_hidden, fill=0
    )
    targets = (_target(*field, options.mask) for field in zip(flows, valids, strict=True))
    return {
        **dict(zip(INPUTS, map(_as_rgb, pictures), strict=True)),
        **dict(zip(names, targets, strict=True)),
        "landmarks": np.stack([src, dst]),
    }


def _decode(frame: StoredFrame, size: Size) -> Image:
    image = decode_image(frame.picture, frame.name)
    if image.shape[:2] != size:
        raise DatasetError(f"{frame.name} is {image.shape[:2]}, its record says {size}")
    return image


def _as_rgb(image: Image) -> AnyArray:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def _target(flow: Flow, valid: Mask, mask: str) -> AnyArray:
    # OpenCV takes a quarter of numpy's time to put three channels together.
    known = cv2.copyTo(flow, valid.view(np.uint8))  # 0 elsewhere
    weight = np.ones(valid.shape, np.float32) if mask == "none" else valid.astype(np.float32)
    target: AnyArray = np.empty((*valid.shape, 3), np.float32)
    cv2.mixChannels([known, weight], [target], [0, 0, 1, 1, 2, 2])
    return target
