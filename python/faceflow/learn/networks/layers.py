"""What the network does without weights: doubling, halving and warping, as TensorFlow 1 does it.

All of it is computed in float32, whatever the policy of the network: a float16 has whole pixels
only from 1024 on, and 1/32 px from 32 on.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from faceflow.types import AnyArray

_PACKAGE = "faceflow"
_CUBIC = -0.75  # of TensorFlow 1, where Keys has -0.5
_TABLE = 1024  # steps between two pixels, which it takes cubic weights at


@keras.saving.register_keras_serializable(_PACKAGE)
class Double(keras.layers.Layer):
    """Doubles the sides bilinearly, with no half-pixel centres.

    ``out[2i] = x[i]``, ``out[2i + 1] = (x[i] + x[i + 1]) / 2``, the edge repeated.

    Parameters
    ----------
    factor
        What the values are multiplied by: 2 where they are pixels.

    Notes
    -----
    TensorFlow 1's ``resize_bilinear`` with ``align_corners=False``.

    Examples
    --------
    >>> Double()(np.float32([2, 4]).reshape(1, 1, 2, 1))[0, 0, :, 0].numpy().tolist()
    [2.0, 3.0, 4.0, 4.0]
    """

    def __init__(self, factor: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32"} | kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        """(B, H, W, C) to (B, 2H, 2W, C)."""
        scaled = inputs if self.factor == 1.0 else inputs * self.factor
        return _double_axis(_double_axis(scaled, 1), 2)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Of the doubled images."""
        B, H, W, C = input_shape
        return B, 2 * H, 2 * W, C

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "factor": self.factor}


def _double_axis(x: Any, axis: int) -> Any:
    """Put a mean between neighbours along an axis, and the last one once more at its end."""
    sides = list(x.shape)
    length = sides[axis]
    last = ops.take(x, [length - 1], axis=axis)
    after = ops.concatenate([ops.take(x, range(1, length), axis=axis), last], axis=axis)
    doubled = ops.stack([x, (x + after) * 0.5], axis=axis + 1)
    return ops.reshape(doubled, [-1, *sides[1:axis], 2 * length, *sides[axis + 1 :]])


@keras.saving.register_keras_serializable(_PACKAGE)
class HalveBicubic(keras.layers.Layer):
    """Halves the sides of images bicubically, the centres of their corner pixels kept.

    Nothing is smoothed before: what the reconstruction loss compares is as published.

    Notes
    -----
    TensorFlow 1's ``resize_bicubic`` with ``align_corners=True``: Keys' kernel, A = -0.75, at
    1024 places between two pixels, pixels outside repeated from the edge.

    Examples
    --------
    >>> tuple(HalveBicubic()(np.ones((1, 4, 8, 3), np.float32)).shape)
    (1, 2, 4, 3)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32"} | kwargs)

    def call(self, inputs: Any) -> Any:
        """(B, H, W, C) to (B, H / 2, W / 2, C)."""
        return _halve_axis(_halve_axis(inputs, 1), 2)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Of the halved images."""
        B, H, W, C = input_shape
        return B, H // 2, W // 2, C


def _halve_axis(x: Any, axis: int) -> Any:
    """Four of the axis' pixels weighted for each of half as many."""
    places, weights = cubic_taps(x.shape[axis])
    shape = [1] * 4
    shape[axis] = -1
    taps = zip(places, weights, strict=True)
    return sum(ops.take(x, at, axis=axis) * weight.reshape(shape) for at, weight in taps)


def cubic_taps(length: int) -> tuple[AnyArray, AnyArray]:
    """Which pixels make those of a line of half the length, and with which weights.

    Parameters
    ----------
    length
        Pixels of the line, even and at least 4.

    Returns
    -------
    places
        (4, length / 2) int32.
    weights
        (4, length / 2) float32; those of a pixel sum to 1.

    Notes
    -----
    Keys, "Cubic Convolution Interpolation for Digital Image Processing" (IEEE TASSP 1981),
    equation 4, with A for its -1/2.
    """
    half = length // 2
    # In single precision, as TensorFlow has it: it decides which of the places a pixel is taken at.
    at = np.arange(half, dtype=np.float32) * np.float32((length - 1) / (half - 1))
    first = np.floor(at).astype(np.int32)
    offset = np.rint((at - first) * _TABLE) / _TABLE
    taps = np.arange(-1, 3)[:, None]
    distance = np.abs(offset - taps)
    near = ((_CUBIC + 2) * distance - (_CUBIC + 3)) * distance**2 + 1
    far = _CUBIC * (((distance - 5) * distance + 8) * distance - 4)
    weights = np.where(distance <= 1, near, far)
    return np.clip(first + taps, 0, length - 1), weights.astype(np.float32)


@keras.saving.register_keras_serializable(_PACKAGE)
class WarpBackward(keras.layers.Layer):
    """Samples an image at p - F(p), bilinearly; positions outside are moved to the edge.

    With F the flow from the image's frame to another it shows what the other should look like, as
    far as F is the same at both ends. ``faceflow.warp(image, -F)`` is its bicubic counterpart.
    Gradients go to F.

    Notes
    -----
    TensorFlow Addons' ``dense_image_warp`` of (v, u), which has rows first.

    Examples
    --------
    >>> image = np.arange(4, dtype=np.float32).reshape(1, 1, 4, 1)
    >>> image = np.repeat(image, 2, axis=1)
    >>> flow = np.zeros((1, 2, 4, 2), np.float32)
    >>> flow[..., 0] = 0.5
    >>> WarpBackward()([image, flow])[0, 0, :, 0].numpy().tolist()
    [0.0, 0.5, 1.5, 2.5]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32"} | kwargs)

    def call(self, inputs: Any) -> Any:
        """(B, H, W, C) image and (B, H, W, 2) flow in pixels to (B, H, W, C)."""
        image, flow = inputs
        H, W, C = image.shape[1:]
        x = ops.arange(W, dtype="float32") - flow[..., 0]
        y = ops.reshape(ops.arange(H, dtype="float32"), (H, 1)) - flow[..., 1]
        left, right_share = _cell(x, W)
        top, low_share = _cell(y, H)
        images = ops.reshape(ops.arange(ops.shape(image)[0], dtype="int32"), (-1, 1, 1))
        at = (images * H + top) * W + left
        pixels = ops.reshape(image, (-1, C))

        def row(start: Any) -> Any:
            near, far = (ops.take(pixels, start + step, axis=0) for step in (0, 1))
            return near + right_share * (far - near)

        upper = row(at)
        return upper + low_share * (row(at + W) - upper)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The image's."""
        return tuple(input_shape[0])


def _cell(position: Any, length: int) -> tuple[Any, Any]:
    """The pixel before each position, never the last one, and how far after it the position is."""
    before = ops.clip(ops.floor(position), 0, length - 2)
    share = ops.clip(position - before, 0.0, 1.0)
    # NaN is no pixel, and becomes any whole number; its share stays NaN, and so does what is made.
    place = ops.clip(ops.cast(before, "int32"), 0, length - 2)
    return place, ops.expand_dims(share, -1)
