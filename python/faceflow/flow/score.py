"""Everything that is counted of how far one field is from another, in whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from faceflow.errors import ArrayError
from faceflow.flow.backend import kernels
from faceflow.flow.checks import check_flow, check_valid, given
from faceflow.types import AnyArray, Flow, Mask

COLUMNS = (
    "pixels",
    "epe",
    "aae",
    "over_1",
    "over_3",
    "over_5",
    "fl",
    "photometric",
    "compared",
)
"""Of a score's table: pixels; sums of errors in 2^-20 px and 2^-20 degrees; pixels over 1, 3 and
5 px, and over both 3 px and 5 % of the true length; the sum of differences of three channels in
grey levels, and the pixels that it is over."""

UNITS = 2**20
"""To a pixel and to a degree, in a score's table."""

REGIONS = 7
"""Numbers of regions; 0 is none of them."""

CLASSES = (0.0, 0.5, 1.0, 2.0, 5.0)
"""From which length on, px, a true vector belongs to each class of lengths."""

_STEPS = 128
_LOWEST, _HIGHEST = -10, 16

_POWERS = 2.0 ** np.arange(_LOWEST, _HIGHEST)
EDGES = np.r_[0, 0, np.outer(_POWERS, 1 + np.arange(_STEPS) / _STEPS).ravel(), 2.0**_HIGHEST]
"""Of the bins in which errors are counted, px or degrees. The first has what is 0, the second what
is less than 2^-10; all others are at most 1/128 as wide as what they hold."""

_MOST_PIXELS = 2**26  # whose sums of errors 63 bits hold, however large they are


class Score(NamedTuple):
    """What is counted of a pair, or of many: scores are added array by array."""

    table: AnyArray
    """(12, 9) int64: a row for each region, 0 to 6, then for each class of lengths; `COLUMNS`."""

    endpoints: AnyArray
    """(12, bins) int64: end-point errors by size, rows as of the table."""

    angles: AnyArray
    """(bins,) int64: angular errors by size, of all pixels."""

    @classmethod
    def none(cls) -> Score:
        """That of no pixel."""
        rows, bins = REGIONS + len(CLASSES), len(EDGES) - 1
        shapes = (rows, len(COLUMNS)), (rows, bins), (bins,)
        return cls(*(np.zeros(shape, np.int64) for shape in shapes))


def score_flow(
    pred: Flow,
    gt: Flow,
    counted: Mask,
    regions: AnyArray | None = None,
    difference: AnyArray | None = None,
    compared: Mask | None = None,
) -> Score:
    """Count the errors of a predicted field, by region and by the true vectors' lengths.

    All sums are of whole numbers, errors in 2^-20 px and degrees: they are the same bits with
    either kernel, and whatever the order in which scores are added.

    Parameters
    ----------
    pred, gt
        (H, W, 2) float32, pixels; where a pixel is counted finite, and errors up to 65536 px.
    counted
        (H, W) bool: where the truth is known.
    regions
        (H, W) uint8, less than `REGIONS`; all 0 by default.
    difference
        (H, W, 3) uint8: what is left of the frames' difference, grey levels.
    compared
        (H, W) bool: where that counts, whether the truth is known or not.

    Returns
    -------
    score
        End-point errors are as of `endpoint_error`, angular ones as of `angular_error`.

    Raises
    ------
    ArrayError
        A wrong shape or dtype, more than 2^26 pixels, or a vector that is not taken where its
        pixel is counted.

    Notes
    -----
    Outliers (``fl``) are those of Menze and Geiger, "Object Scene Flow for Autonomous Vehicles"
    (CVPR 2015): over 3 px and over 5 % of the true length.

    Examples
    --------
    >>> import numpy as np
    >>> gt = np.zeros((2, 3, 2), np.float32)
    >>> score = score_flow(gt + np.float32([3, 4]), gt, np.ones((2, 3), bool))
    >>> dict(zip(COLUMNS, score.table[0].tolist()))["epe"] / 6 / UNITS
    5.0
    """
    p, g = (np.ascontiguousarray(check_flow(n, f)) for n, f in (("pred", pred), ("gt", gt)))
    H, W = g.shape[:2]
    if p.shape != g.shape:
        raise ArrayError(f"pred is {given(p)}, gt {given(g)}; one size is taken")
    if H * W > _MOST_PIXELS:
        raise ArrayError(f"gt is {given(g)}, at most {_MOST_PIXELS} pixels are taken")
    known = check_valid(counted, (H, W))
    flags = known.astype(np.uint8)
    if compared is not None:
        flags |= check_valid(compared, (H, W)).astype(np.uint8) << 1
    score = Score.none()
    refused = kernels().score(
        p,
        g,
        flags,
        _levels("regions", regions, (H, W), REGIONS - 1),
        _levels("difference", difference, (H, W, 3), 255),
        *score,
    )
    if refused:
        raise ArrayError(_wrong(p, g, known, refused))
    return score


def _wrong(pred: Flow, gt: Flow, known: Mask, refused: int) -> str:
    """What is said of the first vector that is not taken."""
    with np.errstate(invalid="ignore", over="ignore"):
        fields = [f.astype(np.float64) for f in (pred, gt)]
        lengths = [np.hypot(*np.moveaxis(f, 2, 0)) for f in (*fields, fields[0] - fields[1])]
        far = [~(length <= 2.0**_HIGHEST) for length in lengths]
    name, wrong = next(
        (name, known & mask)
        for name, mask in zip(("pred", "gt", "pred"), far, strict=True)
        if (known & mask).any()
    )
    row, column = divmod(int(np.argmax(wrong)), wrong.shape[1])
    u, v = (pred if name == "pred" else gt)[row, column].tolist()
    return (
        f"{name}[{row}, {column}] is ({u:.9g}, {v:.9g}), and {refused} of {int(known.sum())} "
        f"vectors are like it; finite ones up to {2**_HIGHEST} px are taken"
    )


def _levels(name: str, array: AnyArray | None, shape: tuple[int, ...], most: int) -> AnyArray:
    if array is None:
        return np.zeros(shape, np.uint8)
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.shape != shape:
        found = given(array) if isinstance(array, np.ndarray) else type(array).__name__
        raise ArrayError(f"{name} is {found}, {shape} uint8 is taken")
    if most < 255 and array.size and int(array.max()) > most:
        raise ArrayError(f"{name} has {int(array.max())}, numbers up to {most} are taken")
    return np.ascontiguousarray(array)
