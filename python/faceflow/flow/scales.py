"""Dense flow of one pair at several sizes, as a network is trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from faceflow.errors import ArrayError
from faceflow.flow.backend import kernels
from faceflow.flow.checks import (
    check_flow,
    check_landmarks,
    check_size,
    check_triangles,
    check_valid,
    output,
)
from faceflow.types import AnyArray, Flow, Landmarks, Mask, Size


def synthesize_scales(
    src: ArrayLike,
    dst: ArrayLike,
    size: Size,
    sizes: Sequence[Size],
    triangles: ArrayLike,
    *,
    fill: float = np.nan,
) -> tuple[list[Flow], list[Mask]]:
    """The flow of one pair on several grids that all show the same, in one call.

    Each is what `synthesize` gives of landmarks that are scaled with the image: exact, where a
    field that is made and then resized would be blurred at the triangles' edges and at the hull.

    Parameters
    ----------
    src, dst
        (N, 2) float64 landmarks of the first and the second frame, pixels of a grid of `size`.
    size
        (H, W) of the grid that the landmarks are given on.
    sizes
        (h, w) of each field. A point goes to ((x + 0.5) w/W - 0.5, (y + 0.5) h/H - 0.5), its
        displacement is multiplied by (w/W, h/H).
    triangles
        (M, 3) int32 indices into the landmarks.
    fill
        Value of both components outside all triangles.

    Returns
    -------
    flows
        (h, w, 2) float32 each, (u, v) in pixels of its own grid.
    valids
        (h, w) bool each: inside a triangle.

    Raises
    ------
    ArrayError
        As for `synthesize`.

    Examples
    --------
    >>> import numpy as np
    >>> src = np.array([[-1.0, -1.0], [17.0, -1.0], [-1.0, 17.0]])
    >>> mesh = np.array([[0, 1, 2]], np.int32)
    >>> flows, valids = synthesize_scales(src, src + [4, 0], (8, 8), [(4, 4), (2, 2)], mesh)
    >>> [flow[0, 0].tolist() for flow in flows], bool(valids[0].all())
    ([[2.0, 0.0], [1.0, 0.0]], True)
    """
    grids = [check_size(one) for one in sizes]
    ends = ("src", src), ("dst", dst)
    source, target = (_placed(name, points, check_size(size), grids) for name, points in ends)
    if source.shape != target.shape:
        raise ArrayError(
            f"src has {source.shape[1]} landmarks, dst {target.shape[1]}; as many are taken"
        )
    flows = [np.empty((*grid, 2), np.float32) for grid in grids]
    valids = [np.empty(grid, np.bool_) for grid in grids]
    try:
        kernels().synthesize_each(source, target, check_triangles(triangles), fill, flows, valids)
    except ValueError as error:  # an index out of range: only the kernel looks at each
        raise ArrayError(str(error)) from error
    return flows, valids


def weigh_flow(
    flow: Flow, valid: Mask, *, everywhere: bool = False, out: AnyArray | None = None
) -> AnyArray:
    """Flow and its weight in one array, as a loss takes them.

    Parameters
    ----------
    flow
        (H, W, 2) float32.
    valid
        (H, W) bool: where it is ground truth.
    everywhere
        Whether the flow of 0 elsewhere has weight too.
    out
        (H, W, 3) float32 to write to, C-contiguous.

    Returns
    -------
    weighed
        (H, W, 3) float32: u, v and 1 where it is valid; elsewhere 0, 0 and 0, or 1 with
        `everywhere`.

    Raises
    ------
    ArrayError
        A wrong shape or dtype.

    Examples
    --------
    >>> flow = np.array([[[1.5, -2.0], [np.nan, np.nan]]], np.float32)
    >>> weigh_flow(flow, np.array([[True, False]])).tolist()
    [[[1.5, -2.0, 1.0], [0.0, 0.0, 0.0]]]
    """
    field = np.ascontiguousarray(check_flow("flow", flow))
    H, W = field.shape[:2]
    known = np.ascontiguousarray(check_valid(valid, (H, W)))
    weighed = output("out", out, (H, W, 3), np.float32)
    kernels().weigh_flow(field, known, float(everywhere), weighed)
    return weighed


def _placed(name: str, points: ArrayLike, size: Size, grids: list[Size]) -> Landmarks:
    """The landmarks on each grid, looked at before and, as they may have grown, after."""
    scaled = scaled_landmarks(check_landmarks(name, points), size, grids)
    return check_landmarks(f"{name}, scaled,", scaled, sequence=True)


def scaled_landmarks(points: Landmarks, size: Size, sizes: Sequence[Size]) -> Landmarks:
    """Landmarks (N, 2) on a grid of `size` as they lie on each of `sizes`, (L, N, 2).

    Examples
    --------
    >>> scaled_landmarks(np.array([[1.5, 3.5]]), (8, 4), [(4, 4), (16, 2)]).tolist()
    [[[1.5, 1.5]], [[0.5, 7.5]]]
    """
    factors = np.array(sizes, np.float64).reshape(-1, 2)[:, None, ::-1] / np.array(size[::-1])
    scaled: Landmarks = (points + 0.5) * factors - 0.5
    return scaled
