"""How far a predicted field is from the truth; mirrors ``cpp/src/score.cpp``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from faceflow.compile import inner, kernel

_REGIONS, _BINS = 7, 2 + 26 * 128
_UNITS = 1048576.0
_LONGEST = 65536.0
_DEGREES = 57.295779513082320877
_HALF_PI = 1.57079632679489661923
_PI = 3.14159265358979323846


@inner
def _angle_of(y, x):
    reach = abs(x)
    low = y if y < reach else reach
    high = reach if y < reach else y
    steep = low > 0.66 * high
    t = (low - high if steep else low) / (low + high if steep else high)
    z = t * t
    p = (
        (
            (-8.750608600031904122785e-1 * z - 1.615753718733365076637e1) * z
            - 7.500855792314704667340e1
        )
        * z
        - 1.228866684490136173410e2
    ) * z - 6.485021904942025371773e1
    q = (
        (
            ((z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2) * z
            + 4.328810604912902668951e2
        )
        * z
        + 4.853903996359136964868e2
    ) * z + 1.945506571482613964425e2
    shallow = t * (z * p / q) + t
    eighth = _HALF_PI * 0.5 + shallow if steep else shallow
    quarter = eighth if y < reach else _HALF_PI - eighth
    return (_PI - quarter if x < 0.0 else quarter) * _DEGREES


@inner
def _bin_of(value):
    if value < 2.0**-10:
        return 1 if value > 0.0 else 0
    # What the bits of the number say: its power of two, and which 128th above it.
    mantissa, exponent = math.frexp(value)
    step = (exponent + 9) * 128 + np.int64((mantissa * 2.0 - 1.0) * 128.0)
    return min(step + 2, _BINS - 1)


@inner
def _class_of(length):
    return int(length >= 0.5) + int(length >= 1.0) + int(length >= 2.0) + int(length >= 5.0)


@inner
def _add_error(row, endpoint, angle, length):
    row[0] += 1
    row[1] += np.int64(math.floor(endpoint * _UNITS + 0.5))
    row[2] += np.int64(math.floor(angle * _UNITS + 0.5))
    row[3] += int(endpoint > 1.0)
    row[4] += int(endpoint > 3.0)
    row[5] += int(endpoint > 5.0)
    row[6] += int(endpoint > 3.0 and endpoint > 0.05 * length)


@kernel
def _score(pred, gt, flags, regions, difference, table, endpoints, angles):
    refused = 0
    for i in range(len(flags)):
        if flags[i] == 0:
            continue
        counts, compared = flags[i] & 1 != 0, flags[i] & 2 != 0
        pu, pv = np.float64(pred[i, 0]), np.float64(pred[i, 1])
        gu, gv = np.float64(gt[i, 0]), np.float64(gt[i, 1])
        du, dv = pu - gu, pv - gv
        apart = du * du + dv * dv
        endpoint, length = np.sqrt(apart), np.sqrt(gu * gu + gv * gv)
        if counts and not (endpoint <= _LONGEST and length <= _LONGEST):
            refused += 1
            continue
        region = regions[i]
        levels = np.int64(difference[i, 0]) + difference[i, 1] + difference[i, 2]
        if compared:
            table[region, 7] += levels
            table[region, 8] += 1
        if not counts:
            continue
        normal = pu * gv - pv * gu
        angle = _angle_of(np.sqrt(apart + normal * normal), pu * gu + pv * gv + 1.0)
        longer = _REGIONS + _class_of(length)
        place = _bin_of(endpoint)
        if compared:
            table[longer, 7] += levels
            table[longer, 8] += 1
        _add_error(table[region], endpoint, angle, length)
        _add_error(table[longer], endpoint, angle, length)
        endpoints[region, place] += 1
        endpoints[longer, place] += 1
        angles[_bin_of(angle)] += 1
    return refused


def score(
    pred: NDArray[np.float32],
    gt: NDArray[np.float32],
    flags: NDArray[np.uint8],
    regions: NDArray[np.uint8],
    difference: NDArray[np.uint8],
    table: NDArray[np.int64],
    endpoints: NDArray[np.int64],
    angles: NDArray[np.int64],
) -> int:
    """Add what is counted of a pair; how many vectors were refused."""
    fields = pred.reshape(-1, 2), gt.reshape(-1, 2), flags.reshape(-1), regions.reshape(-1)
    return _score(*fields, difference.reshape(-1, 3), table, endpoints, angles)
