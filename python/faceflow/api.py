"""Calls that do what the commands do."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from faceflow.errors import ConfigError
from faceflow.methods.registry import bind_landmarks, open_estimator
from faceflow.types import AnyArray, Flow


@overload
def estimate_flow(
    first: ArrayLike,
    second: ArrayLike,
    method: str = ...,
    landmarks: ArrayLike | None = ...,
    return_error: Literal[False] = ...,
) -> Flow: ...


@overload
def estimate_flow(
    first: ArrayLike,
    second: ArrayLike,
    method: str = ...,
    landmarks: ArrayLike | None = ...,
    *,
    return_error: Literal[True],
) -> tuple[Flow, AnyArray]: ...


def estimate_flow(
    first: ArrayLike,
    second: ArrayLike,
    method: str = "face",
    landmarks: ArrayLike | None = None,
    return_error: bool = False,
) -> Flow | tuple[Flow, AnyArray]:
    """Estimate the flow from one frame to another.

    The same frames give the same bits on one machine.

    Parameters
    ----------
    first, second
        (H, W, 3) uint8 red-green-blue, of one size.
    method
        ``face`` (the network that comes with the package), ``dis``, ``farneback``, ``tvl1``,
        ``pcaflow``, ``deepflow``, ``zero``; ``model:PATH`` for a run of faceflow-train;
        ``onnx:PATH`` for another network; or a method of another package.
    landmarks
        (N, 2) of the first frame or (2, N, 2) of both, pixels, for methods that look at a face;
        the others do not use it.
    return_error
        Whether to return the expected error as well; only ``face`` tells it.

    Returns
    -------
    flow
        (H, W, 2) float32, pixels.
    error
        (H, W) float32, pixels, with `return_error`: the end-point error that is expected.

    Raises
    ------
    ArrayError
        The frames or the landmarks are not such.
    ConfigError
        There is no such method, or it cannot be used.

    Examples
    --------
    >>> import faceflow as ff
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> ff.estimate_flow(frame, frame, method="dis").shape
    (32, 40, 2)
    """
    frames = np.asarray(first), np.asarray(second)
    points = None if landmarks is None else np.asarray(landmarks, np.float64)
    if not return_error:
        return bind_landmarks(open_estimator(method), points)(*frames)
    if method != "face":
        raise ConfigError(f"return_error must go with the method 'face', got {method!r}")
    from faceflow.methods.face import estimate_with_error

    found = estimate_with_error(*frames, points)
    return found.flow, found.error
