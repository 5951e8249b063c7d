"""How good the label of one pair is, beside no flow and beside DIS."""

from __future__ import annotations

import math
from typing import NamedTuple

from faceflow.errors import ArrayError
from faceflow.images import swap_colours
from faceflow.methods.registry import find_estimator
from faceflow.truth.photometric import photometric_error
from faceflow.types import Flow, Image, Mask

ROUNDING = 0.25
"""Grey levels: what rounding pixels to whole ones leaves of the best of flows, in the mean."""


class Errors(NamedTuple):
    """Photometric errors of one pair, in grey levels; NaN where the region has no pixel."""

    label: float
    none: float
    """Of no flow."""
    dis: float

    @property
    def quality(self) -> float:
        """From 0 to 1, NaN where it is not known; see `quality_of`."""
        return quality_of(self.label, self.dis)


def quality_of(label: float, dis: float) -> float:
    """The error of DIS as a share of the label's: 1 as good as DIS or better, 0.5 twice its error.

    Errors below what rounding makes (0.25 grey levels) count as that, so that a pair on which
    both are right has the quality 1, however still it is.

    Parameters
    ----------
    label, dis
        Photometric errors, grey levels.

    Examples
    --------
    >>> quality_of(1.0, 1.5), quality_of(3.0, 1.5), quality_of(0.2, 0.01)
    (1.0, 0.5, 1.0)
    """
    if math.isnan(label) or math.isnan(dis):
        return math.nan
    return min(1.0, max(dis, ROUNDING) / max(label, ROUNDING))


def measure_errors(first: Image, second: Image, label: Flow, region: Mask) -> Errors:
    """Measure a label, no flow and DIS over one region.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8 blue-green-red.
    label
        (H, W, 2) float32, pixels; pixels where it is not known do not count.
    region
        (H, W) bool, as `photometric.face_region` gives it.

    Returns
    -------
    errors
        That of DIS is NaN where it takes no frames of that size.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, or sizes that differ.

    Examples
    --------
    >>> import numpy as np
    >>> first = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    >>> label, region = np.full((32, 32, 2), (1, 0), np.float32), np.zeros((32, 32), bool)
    >>> region[8:24, 8:24] = True
    >>> measure_errors(first, np.roll(first, 1, axis=1), label, region).label
    0.0
    """
    error = photometric_error(first, second, label, region)
    none = photometric_error(first, second, find_estimator("zero")(first, second), region)
    if math.isnan(error):  # no need to look for what cannot be compared
        return Errors(error, none, math.nan)
    try:
        dis = find_estimator("dis")(swap_colours(first), swap_colours(second))
    except ArrayError:
        return Errors(error, none, math.nan)
    return Errors(error, none, photometric_error(first, second, dis, region))
