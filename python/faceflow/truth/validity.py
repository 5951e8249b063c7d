"""Which pixels of a label are not true: folded over, or hidden behind something else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from faceflow.errors import ArrayError
from faceflow.flow.checks import check_flow, check_landmarks, check_triangles, check_valid, given
from faceflow.flow.scales import scaled_landmarks, synthesize_scales
from faceflow.flow.synthesis import synthesize
from faceflow.truth.mesh import folded_triangles, is_sound, overlapping_triangles
from faceflow.types import AnyArray, Flow, Landmarks, Mask, Size, Triangles

APART = 0.5
"""px: two triangles that lie over one place contradict each other where they disagree by more."""

_WITHIN = 1e-3
"""px: a place is in a triangle where it is so far from its sides; flow is right to 1e-4 px."""


def hidden_pixels(
    src: ArrayLike, dst: ArrayLike, triangles: ArrayLike, flow: Flow, valid: Mask
) -> Mask:
    """Find the pixels whose flow the images cannot show.

    A triangle is folded where its orientation is not that of the mesh as a whole, in either frame,
    or where it has no area left in the second. A pixel p with the flow to q is hidden

    - in a folded triangle of the first frame: what it shows there is the back of the face, or
      turns its back until the second frame;
    - where another triangle holds p in the first frame, and moves it elsewhere than to q;
    - where another triangle holds q in the second frame, and comes from elsewhere than p: of two
      places that have come to lie on one another an image shows one, and landmarks in two
      dimensions do not say which. Both are hidden.

    "Elsewhere" is more than 0.5 px away, "holds" is by at least 0.001 px. So the maps forward and
    backward agree at all other pixels, whichever of the triangles that lie there is taken.

    Parameters
    ----------
    src, dst
        (N, 2) float64 landmarks of the first and the second frame, pixels.
    triangles
        (M, 3) int32.
    flow, valid
        (H, W, 2) float32 and (H, W) bool, as `synthesize` gives them of the same.

    Returns
    -------
    hidden
        (H, W) bool; never where `valid` is False.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, or landmarks that are not finite.

    Notes
    -----
    After the forward-backward check of Sundaram, Brox, Keutzer, "Dense Point Trajectories by
    GPU-Accelerated Large Displacement Optical Flow" (ECCV 2010), eq. 5, with exact maps.

    Examples
    --------
    >>> import numpy as np
    >>> import faceflow as ff
    >>> src = np.array([[0.0, 0.0], [8.0, 0.0], [16.0, 0.0], [8.0, 15.0]])
    >>> dst = src + [[0, 0], [12, 0], [0, 0], [0, 0]]  # the second point beyond the third
    >>> triangles = np.array([[0, 1, 3], [1, 2, 3]], np.int32)
    >>> flow, valid = ff.synthesize(src, dst, (16, 17), triangles, return_valid=True)
    >>> "".join(".x"[int(h)] for h in hidden_pixels(src, dst, triangles, flow, valid)[2])
    '.......xxxxxxxx..'
    """
    source, target = check_landmarks("src", src), check_landmarks("dst", dst)
    if source.shape != target.shape:
        raise ArrayError(f"src is {given(source)}, dst {given(target)}; one shape is taken")
    faces, size = check_triangles(triangles), check_flow("flow", flow).shape[:2]
    check_valid(valid, size)
    folded = folded_triangles(source, target, faces)
    sound = [is_sound(points, faces) for points in (source, target)]
    hidden = np.zeros(size, np.bool_)
    if not folded.any() and all(sound):
        return hidden
    if folded.any():
        hidden = synthesize(source, target, size, faces[folded], return_valid=True)[1] & valid
    pixels = _Pixels(flow, valid & ~hidden)
    for is_there, here, there in ((sound[0], pixels.p, pixels.q), (sound[1], pixels.q, pixels.p)):
        if not is_there:
            ends = (source, target) if here is pixels.p else (target, source)
            hidden[pixels.rows, pixels.columns] |= _contradicted(here, there, *ends, faces)
    return hidden


def hidden_at_scales(
    src: Landmarks, dst: Landmarks, size: Size, sizes: Sequence[Size], triangles: Triangles
) -> list[Mask] | None:
    """`hidden_pixels` on several grids that all show the same, found on each for itself.

    Parameters
    ----------
    src, dst, triangles
        As for `hidden_pixels`, the landmarks in pixels of a grid of `size`.
    size, sizes
        As for `faceflow.synthesize_scales`.

    Returns
    -------
    hidden
        (h, w) bool each; None where there can be none on any grid, which is mostly so.

    Raises
    ------
    ArrayError
        As for `faceflow.synthesize_scales`.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
    >>> triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    >>> hidden_at_scales(square, square + 1, (9, 9), [(9, 9), (4, 4)], triangles) is None
    True
    """
    folded = folded_triangles(src, dst, triangles).any()
    if not folded and is_sound(src, triangles) and is_sound(dst, triangles):
        return None
    fields = synthesize_scales(src, dst, size, sizes, triangles)
    ends = (scaled_landmarks(points, size, sizes) for points in (src, dst))
    return [
        hidden_pixels(source, target, triangles, flow, valid)
        for source, target, flow, valid in zip(*ends, *fields, strict=True)
    ]


class _Pixels:
    """Where some pixels are, and where they go, (K, 2) each."""

    def __init__(self, flow: Flow, wanted: Mask) -> None:
        self.rows, self.columns = np.nonzero(wanted)
        self.p: AnyArray = np.column_stack([self.columns, self.rows]).astype(np.float64)
        self.q: AnyArray = self.p + flow[wanted]


def _contradicted(
    here: AnyArray, there: AnyArray, src: Landmarks, dst: Landmarks, triangles: Triangles
) -> Mask:
    """(K,): whether some triangle of `src` holds a place, and takes it elsewhere than `there`."""
    found = np.zeros(len(here), np.bool_)
    overlapping = triangles[overlapping_triangles(src, triangles)]
    near = _in_box(here, src[np.unique(overlapping)])
    for corners in overlapping:
        some = near[_in_box(here[near], src[corners])]
        held = _shares(here[some], *src[corners])
        if held is not None:
            shares, inside = held
            moved = sum(shares[inside, k, None] * dst[corners[k]] for k in range(3))
            off = ((moved - there[some[inside]]) ** 2).sum(axis=1)
            found[some[inside]] |= off > APART**2
    return found


def _in_box(places: AnyArray, corners: Landmarks) -> AnyArray:
    """The numbers of the places that the box around some corners holds."""
    if len(corners) == 0:
        return np.zeros(0, np.intp)
    low, high = corners.min(axis=0), corners.max(axis=0)
    x, y = places[:, 0], places[:, 1]
    return np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))


def _shares(
    points: AnyArray, a: AnyArray, b: AnyArray, c: AnyArray
) -> tuple[AnyArray, Mask] | None:
    """(K, 3) barycentric coordinates, and (K,) whether a point is within; None if none can be."""
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    if area == 0 or len(points) == 0:
        return None
    shares = np.empty((len(points), 3))
    inside = np.ones(len(points), np.bool_)
    for k, (one, other) in enumerate(((b, c), (c, a), (a, b))):
        side = other - one
        x, y = points[:, 0] - one[0], points[:, 1] - one[1]
        shares[:, k] = (side[0] * y - side[1] * x) / area
        inside &= shares[:, k] * abs(area) >= _WITHIN * np.hypot(side[0], side[1])
    return shares, inside
