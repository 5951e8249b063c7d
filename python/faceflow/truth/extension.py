"""Flow that goes on beyond what is ground truth."""

from __future__ import annotations

import numpy as np

from faceflow.flow.synthesis import synthesize
from faceflow.truth.validity import hidden_pixels
from faceflow.types import Flow, Landmarks, Mask, Size, Triangles


def true_triangles(triangles: Triangles, tracked: int | None) -> Triangles:
    """The triangles in which flow is ground truth: those whose corners all are among the first
    `tracked` points; all where it is None.

    Examples
    --------
    >>> true_triangles(np.array([[0, 1, 2], [1, 3, 2]], np.int32), 3)
    array([[0, 1, 2]], dtype=int32)
    """
    if tracked is None:
        return triangles
    true: Triangles = triangles[(triangles < tracked).all(axis=1)]
    return true


def synthesize_true(
    src: Landmarks,
    dst: Landmarks,
    size: Size,
    triangles: Triangles,
    tracked: int | None,
    without_hidden: bool = False,
    *,
    fill: float = np.nan,
    out: Flow | None = None,
    out_valid: Mask | None = None,
) -> tuple[Flow, Mask]:
    """`synthesize`, with the mask of where the flow is ground truth.

    Parameters
    ----------
    src, dst, size, triangles, fill, out, out_valid
        As for `synthesize`.
    tracked
        See `true_triangles`.
    without_hidden
        Whether what `hidden_pixels` finds in those triangles is no ground truth.

    Returns
    -------
    flow
        (H, W, 2) float32 in all triangles, `fill` elsewhere.
    valid
        (H, W) bool: inside a triangle of `true_triangles`, and not hidden.

    Raises
    ------
    ArrayError
        As for `synthesize`.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]])
    >>> triangles = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    >>> flow, valid = synthesize_true(square, square + 1, (3, 3), triangles, 3)
    >>> int(np.isfinite(flow).all(axis=2).sum()), int(valid.sum())
    (9, 6)
    """
    flow, valid = synthesize(
        src, dst, size, triangles, fill=fill, return_valid=True, out=out, out_valid=out_valid
    )
    true = true_triangles(triangles, tracked)
    if len(true) < len(triangles):
        synthesize(src, dst, size, true, return_valid=True, out_valid=valid)
    if without_hidden:
        valid &= ~hidden_pixels(src, dst, true, flow, valid)
    return flow, valid
