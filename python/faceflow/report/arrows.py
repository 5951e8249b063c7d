"""Flow as arrows, to be laid over a picture of it."""

from __future__ import annotations

import numpy as np

from faceflow.types import AnyArray, Flow

_ACROSS = 16
"""Arrows along the longer side."""
_LONGEST = 1.5
"""Of the arrows, in units of their distance from one another, as all that follows."""
_SHORTEST = 0.1
"""That are drawn."""
_SHAFT, _HEAD_WIDTH, _HEAD = 0.05, 0.2, 0.45
"""Half of the shaft's width, half of the head's, and its length; less where arrows are short."""
_WHOLE = 0.9
"""Length from which on an arrow has all of that."""


def arrows_path(flow: Flow, longest: float) -> str:
    """The outline of narrow arrows, as the ``d`` of an SVG path in pixels of the flow.

    Each begins at the pixel that it belongs to. Vectors that would be specks are left out.

    Parameters
    ----------
    flow
        (H, W, 2) float32, pixels; NaN where nothing is known.
    longest
        The length that is drawn as the longest arrow, pixels; longer ones are longer.

    Examples
    --------
    >>> import numpy as np
    >>> arrows_path(np.full((1, 1, 2), (3, 0), np.float32), 3.0)
    'M0 0l0 0 1 0 0 .2 .5-.2-.5-.2 0 .2-1 0z'
    """
    H, W = flow.shape[:2]
    step = max(max(H, W) / _ACROSS, 1.0)
    rows, columns = (_middles(side, step) for side in (H, W))
    tails = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    vectors = flow[tails[:, 1], tails[:, 0]].astype(np.float64) * (_LONGEST * step / longest)
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    with np.errstate(invalid="ignore"):
        drawn = lengths >= _SHORTEST * step
    tails, vectors, lengths = tails[drawn], vectors[drawn], lengths[drawn]
    along = vectors / lengths[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    size = np.minimum(lengths / (_WHOLE * step), 1.0) * step
    neck = lengths - _HEAD * size
    outline = [(0.0, _SHAFT), (neck, _SHAFT), (neck, _HEAD_WIDTH), (lengths, 0.0)]
    outline += [(neck, -_HEAD_WIDTH), (neck, -_SHAFT), (0.0, -_SHAFT)]
    corners = [
        tails + along * np.reshape(far, (-1, 1)) + across * (size * beside)[:, None]
        for far, beside in outline
    ]
    return "".join(map(_outline, np.stack([tails, *corners], axis=1)))


def _middles(side: int, step: float) -> AnyArray:
    """Whole pixels, one for each step, the same distance from both ends."""
    number = max(int(side / step), 1)
    return ((np.arange(number) + 0.5) * (side / number)).astype(np.int64)


def _outline(corners: AnyArray) -> str:
    """From the first corner on, each as a step from the one before, in tenths of a pixel."""
    steps = np.diff(np.round(corners, 1), axis=0)
    parts = [_short(part) for part in steps.ravel().tolist()]
    line = "".join(part if part.startswith("-") else f" {part}" for part in parts)
    return f"M{corners[0, 0]:g} {corners[0, 1]:g}l{line.lstrip()}z"


def _short(value: float) -> str:
    """To a tenth of a pixel, without a zero that says nothing."""
    text = f"{value:.1f}".removesuffix(".0")
    text = "0" if text == "-0" else text
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
