"""Smooth motion made up by chance, and how motions follow one another."""

from __future__ import annotations

import functools

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import AnyArray, Flow, Landmarks

_NODES = (2, 3, 4, 6, 9, 13)
"""Nodes along a side of the random grids that a field is the sum of."""

_LEFT_OUT = 0.35
_LOCAL = 0.3
_STEEPEST = 0.35
"""Largest difference between neighbouring pixels, px: less than 1, so that nothing folds."""

_STEPS = 8
"""Fixed-point steps; each leaves at most `_STEEPEST` of the error."""


@functools.cache
def pixel_grid(side: int) -> Flow:
    """Make the positions (side, side, 2) float32 of all pixels, x first; not to be written to."""
    line = np.arange(side, dtype=np.float32)
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    grid.flags.writeable = False
    return grid


def smooth_field(rng: np.random.Generator, side: int, amplitude: float) -> Flow:
    """Make a smooth random displacement.

    Random grids of several spacings are interpolated cubically and added; how fast the coarse ones
    outweigh the fine ones is random, too, and some grids are zero but at a few nodes, so that only
    a part of the frame moves.

    Parameters
    ----------
    rng
        Source of chance.
    side
        Sides of the field, px.
    amplitude
        Mean of the components' absolute values, px; less where the field would be too steep.

    Returns
    -------
    field
        (side, side, 2) float32, px.

    Examples
    --------
    >>> field = smooth_field(np.random.default_rng(0), 64, 2.0)
    >>> field.shape, bool(abs(np.diff(field, axis=0)).max() <= 0.35 + 1e-5)
    ((64, 64, 2), True)
    """
    fall = rng.uniform(0.4, 1.6)
    field = np.zeros((side, side, 2), np.float32)
    for nodes in _NODES:
        if rng.random() < _LEFT_OUT:
            continue
        grid = rng.normal(0, 1, (nodes + 2, nodes + 2, 2)).astype(np.float32)
        if rng.random() < _LOCAL:
            grid *= rng.random((nodes + 2, nodes + 2, 1)) < _LOCAL
        spread = cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)
        field += spread * np.float32((2 / nodes) ** fall)
    field *= np.float32(amplitude / (np.abs(field).mean() + 1e-6))
    steepest = max(float(np.abs(np.diff(field, axis=axis)).max()) for axis in (0, 1))
    return field * np.float32(min(1.0, _STEEPEST / max(steepest, 1e-6)))


def similarity_field(rng: np.random.Generator, side: int, amplitude: float) -> Flow:
    """Make the displacement (side, side, 2) float32 of a random shift, turn and change of size."""
    turn, growth = np.clip(rng.normal(0, amplitude / 40, 2), -0.15, 0.15)
    shift = rng.normal(0, amplitude, 2)
    x, y = np.moveaxis(pixel_grid(side) - (side - 1) / 2, -1, 0)
    u, v = growth * x - turn * y + shift[0], turn * x + growth * y + shift[1]
    return np.stack([u, v], axis=-1).astype(np.float32)


def sample_field(field: AnyArray, places: Flow) -> AnyArray:
    """Interpolate a field bilinearly at places (h, w, 2); beyond its border it is repeated."""
    return np.asarray(
        cv2.remap(
            field,
            np.ascontiguousarray(places[..., 0], np.float32),
            np.ascontiguousarray(places[..., 1], np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def compose(before: Flow | None, motion: Flow | None, after: Flow | None) -> Flow | None:
    """Find the flow between two frames that are both deformed.

    The deformed first frame shows at p what the first one shows at p + before(p), and the deformed
    second frame at q what the second one shows at q + after(q). A point that moves by `motion` from
    the first frame to the second moves by the returned flow between the deformed ones.

    Parameters
    ----------
    before, motion, after
        (side, side, 2) float32, px; None for no displacement.

    Returns
    -------
    flow
        (side, side, 2) float32, px, None where all are None.

    Examples
    --------
    >>> one = np.ones((8, 8, 2), np.float32)
    >>> compose(one, 3 * one, 2 * one)[4, 4]
    array([2., 2.], dtype=float32)
    """
    given = next((field for field in (before, motion, after) if field is not None), None)
    if given is None:
        return None
    grid = pixel_grid(len(given))
    place = grid if before is None else grid + before
    if motion is not None:
        place = place + (motion if before is None else sample_field(motion, place))
    arrived = place
    if after is not None:
        for _ in range(_STEPS):
            arrived = place - sample_field(after, arrived)
    return (arrived - grid).astype(np.float32)


def deform_points(points: Landmarks, field: Flow | None) -> Landmarks:
    """Find the places p of which p + field(p) is each point, (N, 2) in pixels."""
    if field is None:
        return points
    found = points
    for _ in range(_STEPS):
        found = points - sample_field(field, found[None].astype(np.float32))[0]
    return found
