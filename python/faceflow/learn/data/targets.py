"""What a network is to answer: the flow of a pair at the size of each output."""

from __future__ import annotations

from collections.abc import Mapping

from faceflow.flow.scales import weigh_flow
from faceflow.learn.data.drawn import DrawnPair
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.view import View
from faceflow.truth.extension import synthesize_true_scales
from faceflow.types import AnyArray


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
        weigh_flow(flow, valid, everywhere=options.mask == "none", out=out[name])
