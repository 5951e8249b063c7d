"""The weights that a network starts from: drawn by lot, then made to see motion."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from faceflow.types import AnyArray

_SMOOTH = np.array([0.25, 0.5, 0.25])
_SMOOTHINGS = 2
_DERIVATIVE = np.array([-0.5, 0.0, 0.5])
_CONTRAST = 4.0
"""What the difference of a pair is multiplied by."""


def see_motion(network: Any) -> None:
    """Change a network's weights so that it can learn at once.

    A motion is a product, of how an image changes from frame to frame and of how it changes from
    place to place, and its sign is that of neither. Sums of filters that were drawn by lot have
    next to nothing in common with it: from there the network predicts next to no motion after two
    thousand batches still. So

    - filters of conv1 to conv3 are smoothed: features that are taken at every eighth pixel must
      not change faster than that;
    - filters of conv3_1 come in pairs, s + d and s - d, of the same features' change d in time and
      s in space, along x and y in turn. After the activation the pair's difference is about
      2 d where s > 0, which has the motion's sign;
    - the first filters of iconv3 are those differences, of either sign;
    - Deconv2_prediction and Deconv1_prediction start as the flow from the level below them.

    What else goes into conv3_1 starts at 0, the rest stays as it was drawn. All of it is learnt
    from there on as any weights are.

    Parameters
    ----------
    network
        A `FlowNetS` whose weights have just been drawn.

    Notes
    -----
    Adelson and Bergen, "Spatiotemporal energy models for the perception of motion" (J. Opt. Soc.
    Am. A 2(2), 1985), section 3, on detectors from separable filters; Lucas and Kanade (IJCAI
    1981), on what one gradient tells of a motion.
    """
    for name in ("conv1", "conv2", "conv3"):
        _change_kernel(network.get_layer(name), _smoothed)
    features = network.get_layer("conv3").filters
    reduced = network.get_layer("conv_redir").filters
    layer = network.get_layer("conv3_1")
    _change_kernel(layer, lambda kernel: _detectors(kernel, reduced, features))
    _change_kernel(network.get_layer("iconv3"), lambda kernel: _differences(kernel, layer.filters))
    for level in (2, 1):
        _change_kernel(network.get_layer(f"Deconv{level}_prediction"), _passing)


def _change_kernel(layer: Any, change: Any) -> None:
    kernel, *others = layer.get_weights()
    layer.set_weights([change(kernel), *others])


def _smoothed(kernel: AnyArray) -> AnyArray:
    """A kernel (h, w, in, out) smoothed along both sides, as large as it was."""
    smooth = kernel
    for _, axis in itertools.product(range(_SMOOTHINGS), (0, 1)):
        padded = np.pad(smooth, [(1, 1) if a == axis else (0, 0) for a in range(4)])
        length = kernel.shape[axis]
        shifted = (np.take(padded, range(k, k + length), axis) for k in range(3))
        smooth = sum(weight * part for weight, part in zip(_SMOOTH, shifted, strict=True))
    scaled: AnyArray = smooth * (kernel.std() / smooth.std())
    return scaled


def _detectors(kernel: AnyArray, reduced: int, features: int) -> AnyArray:
    """conv3_1's kernel (3, 3, in, out), whose inputs are `reduced` of the first frame, then
    `features` of each frame."""
    changed = np.zeros_like(kernel)
    length = np.sqrt((kernel**2).sum(axis=(0, 1, 2)).mean())
    first = slice(reduced, reduced + features)
    second = slice(reduced + features, reduced + 2 * features)
    for filters, across in _pairs(kernel.shape[3]):
        mixed = kernel[1, 1, first, filters[0]]  # which features, and how much: as drawn
        time = np.multiply.outer(np.outer(_SMOOTH, _SMOOTH), mixed)
        space = np.outer(_SMOOTH, _DERIVATIVE) if across else np.outer(_DERIVATIVE, _SMOOTH)
        space = np.multiply.outer(space, mixed)
        for filter_, sign in zip(filters, (1, -1), strict=True):
            changed[:, :, first, filter_] = space + sign * time
            changed[:, :, second, filter_] = -sign * time
            changed[..., filter_] *= length / np.sqrt((changed[..., filter_] ** 2).sum())
    for filter_ in range(2 * (kernel.shape[3] // 2), kernel.shape[3]):  # an odd one out
        changed[..., filter_] = kernel[..., filter_]
    return changed


def _differences(kernel: AnyArray, below: int) -> AnyArray:
    """iconv3's kernel (1, 1, in, out), whose first `below` inputs are conv3_1's filters."""
    changed = kernel.copy()
    for (one, other), _ in _pairs(min(below, kernel.shape[3])):
        changed[..., [one, other]] = 0
        changed[0, 0, one, [one, other]] = _CONTRAST, -_CONTRAST
        changed[0, 0, other, [one, other]] = -_CONTRAST, _CONTRAST
    return changed


def _passing(kernel: AnyArray) -> AnyArray:
    """A prediction's kernel (3, 3, in, 2), whose last two inputs are flow: that, and no more."""
    changed = np.zeros_like(kernel)
    changed[1, 1, [-2, -1], [0, 1]] = 1
    return changed


def _pairs(filters: int) -> Iterator[tuple[tuple[int, int], bool]]:
    """Neighbouring filters, and whether the pair is for motion along x."""
    for number in range(filters // 2):
        yield (2 * number, 2 * number + 1), number % 2 == 0
