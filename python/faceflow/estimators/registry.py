"""The estimators, by the name that people type."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from faceflow.errors import ConfigError

if TYPE_CHECKING:
    from faceflow.types import Estimator

ESTIMATORS = ("zero", "farneback", "dis", "tvl1")
"""Their names; each is a module with a function `estimate`."""


def find_estimator(name: str) -> Estimator:
    """The estimator of a name; OpenCV is loaded here.

    The same frames give the same bits in any thread of any process of one machine: none of them
    runs on more than one core.

    Parameters
    ----------
    name
        One of `ESTIMATORS`.

    Returns
    -------
    estimate
        A function of two frames, (H, W, 3) uint8 blue-green-red of one size, that gives a flow,
        (H, W, 2) float32; it raises `ArrayError` for frames that it cannot take. It can be pickled.

    Raises
    ------
    ConfigError
        Another name.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> find_estimator("dis")(frame, frame).shape
    (32, 40, 2)
    """
    if name not in ESTIMATORS:
        raise ConfigError(f"estimator {name!r} is not taken: {', '.join(ESTIMATORS)} are")
    module = importlib.import_module(f"faceflow.estimators.{name}")
    return cast("Estimator", module.estimate)
