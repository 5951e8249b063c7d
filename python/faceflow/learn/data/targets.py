"""What a network is to answer: the flow of a pair at the size of each output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from faceflow.learn.data.drawn import DrawnPair
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.view import View
from faceflow.opencv import cv2
from faceflow.truth.extension import synthesize_true_scales
from faceflow.types import AnyArray, Flow, Mask


def make_targets(
    pair: DrawnPair,
    points: AnyArray,
    view: View,
    without_hidden: bool,
    options: PipelineOptions,
    out: Mapping[str, AnyArray],
) -> None:
    """Write flow and weight for each of `options.output_sizes`, (h, w, 3) float32 each.

    Parameters
    ----------
    pair
        Whose triangles are taken.
    points
        (2, N, 2) float64: its landmarks in pixels of the network's input.
    view
        Of the first frame: beyond its border nothing is ground truth.
    without_hidden
        Whether folded and hidden pixels are no ground truth.
    options
        What sizes there are, and what counts.
    out
        Where it goes, by the outputs' names.
    """
    sizes = list(options.output_sizes.values())
    truth = pair.triangles, pair.tracked, without_hidden
    flows, valids = synthesize_true_scales(points[0], points[1], view.size, sizes, *truth, fill=0)
    for grid, valid in zip(sizes, valids, strict=True):
        within = view.within(pair.size, grid)
        if within is not None:
            valid &= within
    for name, flow, valid in zip(options.output_sizes, flows, valids, strict=True):
        _put_together(flow, valid, options.mask, out[name])


def _put_together(flow: Flow, valid: Mask, mask: str, out: AnyArray) -> None:
    # OpenCV takes a quarter of numpy's time to put three channels together.
    known = cv2.copyTo(flow, valid.view(np.uint8))  # 0 elsewhere
    weight = np.ones(valid.shape, np.float32) if mask == "none" else valid.astype(np.float32)
    cv2.mixChannels([known, weight], [out], [0, 0, 1, 1, 2, 2])
