"""What people use today for the same results.

Each flow peer takes a `Pair` and gives a call that makes one flow field from it, NaN outside the
hull. What serves many pairs is made before the call, outside the timing: the pixel grid, and the
triangles. Inside it is all that one pair needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from face import Pair
from matplotlib.tri import LinearTriInterpolator, Triangulation
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import Delaunay
from skimage.transform import PiecewiseAffineTransform

from faceflow.types import AnyArray, Flow, Image, Size

FlowCall = Callable[[], AnyArray]


class FlowPeer(NamedTuple):
    """A peer, how many times its time we promise to beat, and the rounds it is given."""

    name: str
    prepare: Callable[[Pair], FlowCall]
    faster: float | None
    rounds: int
    exact: bool = True


def scipy_interpolator(pair: Pair) -> FlowCall:
    """Inside: interpolator of both components from its Delaunay object, all pixels evaluated."""
    grid = _pixel_grid(pair.size)
    delaunay = Delaunay(pair.src)

    def run() -> AnyArray:
        return LinearNDInterpolator(delaunay, pair.dst - pair.src)(grid)

    return run


def matplotlib_interpolator(pair: Pair) -> FlowCall:
    """Inside: triangulation from given triangles, one interpolator a component, all pixels."""
    x, y = np.moveaxis(_pixel_grid(pair.size), -1, 0)

    def run() -> AnyArray:
        triangulation = Triangulation(*pair.src.T, pair.triangles)
        components = [
            LinearTriInterpolator(triangulation, component)(x, y).filled(np.nan)
            for component in (pair.dst - pair.src).T
        ]
        return np.stack(components, axis=-1)

    return run


def scikit_image_transform(pair: Pair) -> FlowCall:
    """Inside: estimate (it triangulates for itself), all pixels mapped, the grid subtracted."""
    coordinates = _pixel_grid(pair.size).reshape(-1, 2)

    def run() -> AnyArray:
        moved = PiecewiseAffineTransform.from_estimate(pair.src, pair.dst)(coordinates)
        flow = np.where(moved == -1, np.nan, moved - coordinates)  # -1: outside, as documented
        return flow.reshape(*pair.size, 2)

    return run


def opencv_triangles(pair: Pair) -> FlowCall:
    """Inside: for each triangle its affine map over its bounding box, masked by half-planes."""
    return _opencv(pair, _inside)


def opencv_filled_triangles(pair: Pair) -> FlowCall:
    """As `opencv_triangles`, masked by `cv2.fillConvexPoly`: corners rounded to whole pixels."""
    return _opencv(pair, _filled)


def _opencv(pair: Pair, mask_of: Callable[[Flow, Flow], AnyArray]) -> FlowCall:
    grid = _pixel_grid(pair.size).astype(np.float32)
    frame = (0, 0, pair.size[1], pair.size[0])

    def run() -> AnyArray:
        src, dst = pair.src.astype(np.float32), pair.dst.astype(np.float32)
        flow = np.full((*pair.size, 2), np.nan, np.float32)
        for corners in pair.triangles:
            left, top, right, bottom = _clipped(cv2.boundingRect(src[corners]), frame)
            origin = np.float32([left, top])
            local = src[corners] - origin
            affine = cv2.getAffineTransform(local, dst[corners] - origin)
            patch = grid[: bottom - top, : right - left]
            motion = cv2.transform(patch, affine) - patch
            mask = mask_of(patch, local)
            flow[top:bottom, left:right][mask] = motion[mask]
        return flow

    return run


def _clipped(
    box: tuple[int, int, int, int], frame: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    x, y, width, height = box
    return max(x, 0), max(y, 0), min(x + width, frame[2]), min(y + height, frame[3])


def _inside(patch: Flow, corners: Flow) -> AnyArray:
    to_weights = np.linalg.inv(np.vstack([corners.T, np.ones(3)]))
    weights = cv2.transform(patch, to_weights)
    return weights.min(axis=-1) >= -1e-5


def _filled(patch: Flow, corners: Flow) -> AnyArray:
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1)
    return mask != 0


def _pixel_grid(size: Size) -> NDArray[np.float64]:
    H, W = size
    return np.stack(np.meshgrid(np.arange(W, dtype=float), np.arange(H, dtype=float)), axis=-1)


FLOW_PEERS = [
    FlowPeer("scipy LinearNDInterpolator", scipy_interpolator, 100, 30),
    FlowPeer("matplotlib LinearTriInterpolator", matplotlib_interpolator, 200, 20),
    FlowPeer("scikit-image PiecewiseAffineTransform", scikit_image_transform, 1000, 7),
    FlowPeer("OpenCV triangle by triangle", opencv_triangles, 100, 60),
    FlowPeer("OpenCV, fillConvexPoly masks", opencv_filled_triangles, None, 60, exact=False),
]


def numpy_colours(flow: Flow) -> Image:
    """The colour picture as most projects have it: Baker et al.'s wheel in vectorised numpy."""
    u, v = flow[..., 0].copy(), flow[..., 1].copy()
    unknown = np.isnan(u) | np.isnan(v) | (np.abs(u) > 1e9) | (np.abs(v) > 1e9)
    u[unknown] = v[unknown] = 0
    radius = np.sqrt(u**2 + v**2)
    longest = radius.max() + np.finfo(np.float32).eps
    radius /= longest
    wheel = colour_wheel()
    hue = (np.arctan2(-v, -u) / np.float32(np.pi) + 1) / 2 * (len(wheel) - 1)
    low = np.floor(hue).astype(np.int32)
    high = low + 1
    high[high == len(wheel)] = 0
    part = hue - low
    picture = np.empty((*u.shape, 3), np.uint8)
    within = radius <= 1
    for channel in range(3):
        levels = wheel[:, channel] / np.float32(255)
        colour = (1 - part) * levels[low] + part * levels[high]
        colour[within] = 1 - radius[within] * (1 - colour[within])
        colour[~within] *= 0.75
        picture[..., channel] = np.floor(255 * colour * ~unknown)
    return picture


def colour_wheel() -> NDArray[np.float32]:
    """(55, 3) of 0..255: red, yellow, green, cyan, blue, magenta, in as many steps as we see."""
    segments = [(15, 0, 1), (6, 1, 0), (4, 1, 2), (11, 2, 1), (13, 2, 0), (6, 0, 2)]
    wheel = np.zeros((sum(steps for steps, _, _ in segments), 3), np.float32)
    start = 0
    for index, (steps, full, changing) in enumerate(segments):
        ramp = np.floor(255 * np.arange(steps) / steps)
        wheel[start : start + steps, full] = 255
        wheel[start : start + steps, changing] = ramp if index % 2 == 0 else 255 - ramp
        start += steps
    return wheel
