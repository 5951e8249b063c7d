"""Flow as arrows, to be laid over a picture of it."""

from __future__ import annotations

import numpy as np

from faceflow.types import AnyArray, Flow

_ACROSS = 18
"""Arrows along the longer side."""
_LONGEST = 1.5
"""Of the arrows, in units of their distance from one another."""
_SHORTEST = 0.06
"""That are drawn, in the same units."""
_HALF_WIDTH = 0.12


def arrows_path(flow: Flow, longest: float) -> str:
    """The outline of narrow arrows, as the ``d`` of an SVG path in pixels of the flow.

    Each is a needle from the pixel that it belongs to, wide where it begins. Vectors that would be
    specks are left out.

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
    'M0 -.1L1.5 0L0 .1Z'
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
    across = np.stack([-vectors[:, 1], vectors[:, 0]], axis=1)
    across *= (_HALF_WIDTH * step / lengths)[:, None]
    points = np.stack([tails - across, tails + vectors, tails + across], axis=1)
    return "".join(_needle(corners) for corners in points.tolist())


def _middles(side: int, step: float) -> AnyArray:
    """Whole pixels, one for each step, the same distance from both ends."""
    number = max(int(side / step), 1)
    return ((np.arange(number) + 0.5) * (side / number)).astype(np.int64)


def _needle(corners: list[list[float]]) -> str:
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in corners) + "Z"


def _short(value: float) -> str:
    """To a tenth of a pixel, without a zero that says nothing."""
    text = f"{value:.1f}".removesuffix(".0")
    text = "0" if text == "-0" else text
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
