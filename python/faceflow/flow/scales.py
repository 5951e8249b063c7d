"""Dense flow of one pair at several sizes, as a network is trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from faceflow.errors import ArrayError
from faceflow.flow.backend import call, kernels
from faceflow.flow.checks import check_landmarks, check_size, check_triangles, output
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
    source, target = _ends(src, dst, size, grids)
    flows = [np.empty((*grid, 2), np.float32) for grid in grids]
    valids = [np.empty(grid, np.bool_) for grid in grids]
    faces = check_triangles(triangles)
    call(kernels().synthesize_each, source, target, faces, fill, flows, valids)
    return flows, valids


def synthesize_weighed(
    src: ArrayLike,
    dst: ArrayLike,
    size: Size,
    triangles: ArrayLike,
    outs: Sequence[AnyArray],
    *,
    everywhere: bool = False,
) -> None:
    """`synthesize_scales`, with the weights that a loss multiplies by, to memory that is given.

    Parameters
    ----------
    src, dst, size, triangles
        As for `synthesize_scales`.
    outs
        (h, w, 3) float32 each, C-contiguous: a pixel becomes u, v and 1 inside a triangle, 0, 0
        and 0 elsewhere.
    everywhere
        Whether flow of 0 has weight 1 elsewhere.

    Raises
    ------
    ArrayError
        As for `synthesize_scales`, and where an array of `outs` cannot be written to as it is.

    Examples
    --------
    >>> src = np.array([[-0.5, -0.5], [1.2, -0.5], [-0.5, 1.2]])
    >>> out = np.empty((2, 2, 3), np.float32)
    >>> synthesize_weighed(src, src + [0.5, 0], (2, 2), np.array([[0, 1, 2]], np.int32), [out])
    >>> out.tolist()
    [[[0.5, 0.0, 1.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]
    """
    fields = [output("out", out, (*np.shape(out)[:2], 3), np.float32) for out in outs]
    source, target = _ends(src, dst, size, [check_size(field.shape[:2]) for field in fields])
    faces = check_triangles(triangles)
    call(kernels().synthesize_weighed, source, target, faces, float(everywhere), fields)


def _ends(
    src: ArrayLike, dst: ArrayLike, size: Size, grids: list[Size]
) -> tuple[Landmarks, Landmarks]:
    """Both frames' landmarks on each grid, (L, N, 2)."""
    ends = ("src", src), ("dst", dst)
    source, target = (_placed(name, points, check_size(size), grids) for name, points in ends)
    if source.shape != target.shape:
        raise ArrayError(
            f"src has {source.shape[1]} landmarks, dst {target.shape[1]}; as many are taken"
        )
    return source, target


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
