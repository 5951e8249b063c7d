"""Dense flow from landmarks: the public calls."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from faceflow.errors import ArrayError
from faceflow.flow.backend import call, kernels
from faceflow.flow.checks import check_landmarks, check_size, check_triangles, output
from faceflow.types import Flow, Landmarks, Mask, Size


@overload
def synthesize(
    src: ArrayLike,
    dst: ArrayLike,
    size: Size,
    triangles: ArrayLike,
    *,
    fill: float = ...,
    return_valid: Literal[False] = ...,
    out: Flow | None = ...,
) -> Flow: ...
@overload
def synthesize(
    src: ArrayLike,
    dst: ArrayLike,
    size: Size,
    triangles: ArrayLike,
    *,
    fill: float = ...,
    return_valid: Literal[True],
    out: Flow | None = ...,
    out_valid: Mask | None = ...,
) -> tuple[Flow, Mask]: ...
def synthesize(
    src: ArrayLike,
    dst: ArrayLike,
    size: Size,
    triangles: ArrayLike,
    *,
    fill: float = np.nan,
    return_valid: bool = False,
    out: Flow | None = None,
    out_valid: Mask | None = None,
) -> Flow | tuple[Flow, Mask]:
    """Turn two sets of landmarks into dense flow, affine in each triangle.

    A pixel belongs to the triangle of `src` that holds its centre (top-left rule: none is left out
    between two triangles, none belongs to two); where triangles overlap, as in a fold, to the
    first in the list. Its flow is the displacement from `src` to `dst` interpolated linearly from
    the triangle's corners, right to 1e-4 px, or to the last places of float32 where displacements
    exceed 128 px.

    Parameters
    ----------
    src, dst
        (N, 2) float64 landmarks of the first and the second frame, pixels; they may lie outside
        the image.
    size
        (H, W) of the flow.
    triangles
        (M, 3) int32 indices into the landmarks, of any orientation, as from `triangulate`.
    fill
        Value of both components outside all triangles.
    return_valid
        Also return the mask of pixels inside a triangle.
    out, out_valid
        Arrays to write to, (H, W, 2) float32 and (H, W) bool, C-contiguous; nothing is allocated
        where they are given.

    Returns
    -------
    flow
        (H, W, 2) float32, (u, v) = (dx, dy) in pixels on the first frame's grid.
    valid
        (H, W) bool, with `return_valid`.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, landmarks that are not finite, an index without a landmark.

    Examples
    --------
    >>> import numpy as np
    >>> from faceflow import triangulate
    >>> src = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    >>> dst = src + [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    >>> flow, valid = synthesize(src, dst, (4, 4), triangulate(src), return_valid=True)
    >>> flow[0, :, 0]
    array([0.  , 0.25, 0.5 , 0.75], dtype=float32)
    >>> int(valid.sum())
    10
    """
    H, W = check_size(size)
    source, target = _check_pair(src, dst)
    flow = output("out", out, (H, W, 2), np.float32)
    valid = output("out_valid", out_valid, (H, W), np.bool_) if return_valid else None
    call(
        kernels().synthesize,
        source[None],
        target[None],
        check_triangles(triangles),
        fill,
        flow[None],
        None if valid is None else valid[None],
    )
    return flow if valid is None else (flow, valid)


@overload
def synthesize_sequence(
    landmarks: ArrayLike,
    size: Size,
    triangles: ArrayLike | None = ...,
    *,
    fill: float = ...,
    return_valid: Literal[False] = ...,
    out: Flow | None = ...,
) -> Flow: ...
@overload
def synthesize_sequence(
    landmarks: ArrayLike,
    size: Size,
    triangles: ArrayLike | None = ...,
    *,
    fill: float = ...,
    return_valid: Literal[True],
    out: Flow | None = ...,
    out_valid: Mask | None = ...,
) -> tuple[Flow, Mask]: ...
def synthesize_sequence(
    landmarks: ArrayLike,
    size: Size,
    triangles: ArrayLike | None = None,
    *,
    fill: float = np.nan,
    return_valid: bool = False,
    out: Flow | None = None,
    out_valid: Mask | None = None,
) -> Flow | tuple[Flow, Mask]:
    """Flow from each frame of a sequence to the next, in one call.

    Parameters
    ----------
    landmarks
        (T, N, 2) float64, T >= 1.
    size
        (H, W) of the flow.
    triangles
        (M, 3) int32 for all pairs; by default those of the first frame.
    fill, return_valid
        As for `synthesize`.
    out, out_valid
        (T-1, H, W, 2) float32 and (T-1, H, W) bool to write to.

    Returns
    -------
    flows
        (T-1, H, W, 2) float32.
    valid
        (T-1, H, W) bool, with `return_valid`.

    Raises
    ------
    ArrayError
        As for `synthesize`, or a sequence without a frame.

    Examples
    --------
    >>> import numpy as np
    >>> face = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    >>> synthesize_sequence(np.stack([face, face + 1, face + 3]), (8, 8))[:, 2, 2, 0]
    array([1., 2.], dtype=float32)
    """
    H, W = check_size(size)
    points = check_landmarks("landmarks", landmarks, sequence=True)
    pairs = len(points) - 1
    if pairs < 0:
        raise ArrayError("landmarks has no frame, (T, N, 2) with T >= 1 is taken")
    if triangles is None:
        triangles = kernels().triangulate(points[0])
    flow = output("out", out, (pairs, H, W, 2), np.float32)
    valid = output("out_valid", out_valid, (pairs, H, W), np.bool_) if return_valid else None
    call(
        kernels().synthesize, points[:-1], points[1:], check_triangles(triangles), fill, flow, valid
    )
    return flow if valid is None else (flow, valid)


def flipped_triangles(src: ArrayLike, dst: ArrayLike, triangles: ArrayLike) -> Mask:
    """Find the triangles whose orientation is reversed from `src` to `dst`: there the flow folds.

    Parameters
    ----------
    src, dst
        (N, 2) float64 landmarks.
    triangles
        (M, 3) int32.

    Returns
    -------
    flipped
        (M,) bool. A triangle without area in either frame is not flipped.

    Raises
    ------
    ArrayError
        As for `synthesize`.

    Examples
    --------
    >>> import numpy as np
    >>> src = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    >>> flipped_triangles(src, src * [-1, 1], np.array([[0, 1, 2]], np.int32))
    array([ True])
    """
    source, target = _check_pair(src, dst)
    faces = check_triangles(triangles)
    flipped = call(kernels().flipped_triangles, source[None], target[None], faces)
    return flipped.reshape(-1)


def _check_pair(src: ArrayLike, dst: ArrayLike) -> tuple[Landmarks, Landmarks]:
    source = check_landmarks("src", src)
    target = check_landmarks("dst", dst)
    if source.shape != target.shape:
        raise ArrayError(f"src has {len(source)} landmarks, dst {len(target)}; as many are taken")
    return source, target
