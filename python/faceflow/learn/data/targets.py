"""What a network is to answer: the flow of a pair at the size of each output."""

from __future__ import annotations

from collections.abc import Mapping

from faceflow.flow.scales import synthesize_weighed
from faceflow.learn.data.drawn import DrawnPair
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.view import View
from faceflow.truth.extension import true_triangles
from faceflow.truth.validity import hidden_at_scales
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
    src, dst = points
    everywhere = options.mask == "none"
    sizes = list(options.output_sizes.values())
    fields = [out[name] for name in options.output_sizes]
    true = true_triangles(pair.triangles, pair.tracked)
    synthesize_weighed(src, dst, view.size, true, fields, everywhere=everywhere)
    for field, grid in zip(fields, sizes, strict=True):
        beyond = view.beyond(pair.size, grid)
        if beyond is not None:
            field[beyond] = 0, 0, everywhere
    if without_hidden and (hidden := hidden_at_scales(src, dst, view.size, sizes, true)):
        for field, mask in zip(fields, hidden, strict=True):
            field[mask] = 0, 0, everywhere
