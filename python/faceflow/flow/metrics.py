"""How far one flow field is from another."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from faceflow.errors import ArrayError
from faceflow.flow.checks import check_flow, check_valid, given
from faceflow.types import Flow, Mask


@overload
def endpoint_error(
    pred: Flow, gt: Flow, valid: Mask | None = ..., *, per_pixel: Literal[False] = ...
) -> float: ...
@overload
def endpoint_error(
    pred: Flow, gt: Flow, valid: Mask | None = ..., *, per_pixel: Literal[True]
) -> NDArray[np.float64]: ...
def endpoint_error(
    pred: Flow, gt: Flow, valid: Mask | None = None, *, per_pixel: bool = False
) -> float | NDArray[np.float64]:
    """Mean distance between predicted and true vectors, in pixels.

    Parameters
    ----------
    pred, gt
        (H, W, 2) float32. Pixels whose ground truth is NaN or inf do not count.
    valid
        (H, W) bool: the other pixels do not count either.
    per_pixel
        Return the (H, W) float64 map, NaN where a pixel does not count.

    Returns
    -------
    error
        Pixels; NaN if no pixel counts, or if a prediction is NaN where one does.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, or sizes that differ.

    Notes
    -----
    Otte and Nagel, "Optical Flow Estimation: Advances and Comparisons" (ECCV 1994).

    Examples
    --------
    >>> import numpy as np
    >>> gt = np.zeros((2, 2, 2), np.float32)
    >>> endpoint_error(gt + np.float32([3, 4]), gt)
    5.0
    """
    p, g, counted = _counted_vectors(pred, gt, valid)
    distance = np.sqrt(((p - g) ** 2).sum(axis=-1))
    return _summary(distance, counted, per_pixel)


@overload
def angular_error(
    pred: Flow, gt: Flow, valid: Mask | None = ..., *, per_pixel: Literal[False] = ...
) -> float: ...
@overload
def angular_error(
    pred: Flow, gt: Flow, valid: Mask | None = ..., *, per_pixel: Literal[True]
) -> NDArray[np.float64]: ...
def angular_error(
    pred: Flow, gt: Flow, valid: Mask | None = None, *, per_pixel: bool = False
) -> float | NDArray[np.float64]:
    """Mean angle between (u, v, 1) of prediction and truth, in degrees.

    The angle is atan2 of the cross product's length and the dot product, which keeps its precision
    near 0, where the arc cosine loses it.

    Parameters
    ----------
    pred, gt, valid, per_pixel
        As for `endpoint_error`.

    Returns
    -------
    error
        Degrees; NaN as for `endpoint_error`.

    Raises
    ------
    ArrayError
        As for `endpoint_error`.

    Notes
    -----
    Fleet and Jepson, "Computation of Component Image Velocity from Local Phase Information"
    (IJCV 1990); Barron, Fleet and Beauchemin (IJCV 1994), equation 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> gt = np.zeros((2, 2, 2), np.float32)
    >>> round(angular_error(gt + np.float32([1, 0]), gt), 6)
    45.0
    """
    p, g, counted = _counted_vectors(pred, gt, valid)
    with np.errstate(invalid="ignore"):  # an infinite prediction has no direction: NaN
        normal = p[:, 0] * g[:, 1] - p[:, 1] * g[:, 0]
        slant = ((p - g) ** 2).sum(axis=-1)
        dot = (p * g).sum(axis=-1) + 1.0
        angle = np.degrees(np.arctan2(np.sqrt(slant + normal**2), dot))
    return _summary(angle, counted, per_pixel)


def _counted_vectors(
    pred: Flow, gt: Flow, valid: Mask | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], Mask]:
    """Both fields' vectors (n, 2) float64 at the pixels that count, and those pixels."""
    p = check_flow("pred", pred)
    g = check_flow("gt", gt)
    if p.shape != g.shape:
        raise ArrayError(f"pred is {given(p)}, gt {given(g)}; one size is taken")
    counted: Mask = np.isfinite(g[..., 0]) & np.isfinite(g[..., 1])
    if valid is not None:
        counted &= check_valid(valid, (g.shape[0], g.shape[1]))
    return p[counted].astype(np.float64), g[counted].astype(np.float64), counted


def _summary(
    values: NDArray[np.float64], counted: Mask, per_pixel: bool
) -> float | NDArray[np.float64]:
    if per_pixel:
        field = np.full(counted.shape, np.nan)
        field[counted] = values
        return field
    return float(values.mean()) if values.size else float("nan")
