"""The cascade of regression trees in dlib's file of 68 landmarks, run without dlib.

dlib's own call holds the interpreter's lock, so that threads wait for each other, and rounds its
landmarks to whole pixels, which flow between frames would show. The arithmetic is the same, from
V. Kazemi and J. Sullivan, One Millisecond Face Alignment with an Ensemble of Regression Trees,
CVPR 2014.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from faceflow.compile import kernel
from faceflow.types import AnyArray, Image, Landmarks

_POINTS, _CASCADES, _TREES, _SPLITS, _FEATURES = 68, 15, 500, 15, 500


class Trees(NamedTuple):
    """The model's arrays; shapes are shares of the face's box, (x, y) by turns."""

    mean_shape: AnyArray
    pixels: AnyArray
    """(15, 500, 15, 2) int32: the features whose difference a split compares."""

    thresholds: AnyArray
    leaves: AnyArray
    """(15, 500, 16, 136) float32: by how much each leaf moves the shape."""

    anchors: AnyArray
    """(15, 500) int32: the point that a feature's pixel lies near."""

    offsets: AnyArray
    """(15, 500, 2) float32: from that point to the pixel, on the mean shape."""


def read_trees(data: AnyArray) -> Trees:
    """Take the model from its file's bytes, which are not checked: know their digest before."""
    trees = Trees(
        np.empty(2 * _POINTS, np.float32),
        np.empty((_CASCADES, _TREES, _SPLITS, 2), np.int32),
        np.empty((_CASCADES, _TREES, _SPLITS), np.float32),
        np.empty((_CASCADES, _TREES, _SPLITS + 1, 2 * _POINTS), np.float32),
        np.empty((_CASCADES, _FEATURES), np.int32),
        np.empty((_CASCADES, _FEATURES, 2), np.float32),
    )
    _read(data, *trees)
    return trees


def predict(image: Image, box: tuple[int, int, int, int], trees: Trees) -> Landmarks:
    """The landmarks of a face.

    Parameters
    ----------
    image
        (H, W, 3) uint8, channels in any order: their mean is looked at.
    box
        Left, top, right and bottom, of the first and last pixels.
    trees
        The model.

    Returns
    -------
    landmarks
        (68, 2) float64 in iBUG order, in pixels of the image, not rounded.
    """
    corner, extent = np.array(box[:2], np.float64), np.subtract(box[2:], box[:2])
    shape = trees.mean_shape.copy()
    _fit(image, corner, extent.astype(np.float64), shape, *trees)
    landmarks: Landmarks = corner + shape.reshape(-1, 2).astype(np.float64) * extent
    return landmarks


@kernel
def _integer(data: Any, at: Any) -> Any:
    """A whole number as dlib stores it: sign and length, then its bytes; and where the next is."""
    length = data[at] & 15
    value = 0
    for byte in range(length):
        value |= int(data[at + 1 + byte]) << (8 * byte)
    return (-value if data[at] & 128 else value), at + 1 + length


@kernel
def _floats(data: Any, at: Any, out: Any) -> Any:
    """Numbers stored as mantissa and exponent."""
    for number in range(out.size):
        mantissa, at = _integer(data, at)
        exponent, at = _integer(data, at)
        out[number] = mantissa * 2.0**exponent
    return at


@kernel
def _skip(data: Any, at: Any, count: Any) -> Any:
    """Pass over lengths, which are known."""
    for _ in range(count):
        _length, at = _integer(data, at)
    return at


@kernel
def _read(
    data: Any,
    mean_shape: Any,
    pixels: Any,
    thresholds: Any,
    leaves: Any,
    anchors: Any,
    offsets: Any,
) -> None:
    cascades, trees, splits = thresholds.shape
    at = _floats(data, _skip(data, 0, 3), mean_shape)
    at = _skip(data, at, 1)
    for cascade in range(cascades):
        at = _skip(data, at, 1)
        for tree in range(trees):
            at = _skip(data, at, 1)
            for split in range(splits):
                pixels[cascade, tree, split, 0], at = _integer(data, at)
                pixels[cascade, tree, split, 1], at = _integer(data, at)
                at = _floats(data, at, thresholds[cascade, tree, split : split + 1])
            at = _skip(data, at, 1)
            for leaf in range(splits + 1):
                at = _floats(data, _skip(data, at, 2), leaves[cascade, tree, leaf])
    at = _skip(data, at, 1)
    for cascade in range(cascades):
        at = _skip(data, at, 1)
        for feature in range(anchors.shape[1]):
            anchors[cascade, feature], at = _integer(data, at)
    at = _skip(data, at, 1)
    for cascade in range(cascades):
        at = _skip(data, at, 1)
        for feature in range(anchors.shape[1]):
            at = _floats(data, at, offsets[cascade, feature])


@kernel
def _fit(
    image: Any,
    corner: Any,
    extent: Any,
    shape: Any,
    mean_shape: Any,
    pixels: Any,
    thresholds: Any,
    leaves: Any,
    anchors: Any,
    offsets: Any,
) -> None:
    """Move `shape` onto the face, cascade by cascade."""
    cascades, trees, splits = thresholds.shape
    features = np.empty(anchors.shape[1], np.int64)
    for cascade in range(cascades):
        turn = _turn(mean_shape, shape)
        _look(image, corner, extent, shape, turn, anchors[cascade], offsets[cascade], features)
        for tree in range(trees):
            node = 0
            while node < splits:
                first, second = pixels[cascade, tree, node, 0], pixels[cascade, tree, node, 1]
                left = features[first] - features[second] > thresholds[cascade, tree, node]
                node = 2 * node + (1 if left else 2)
            leaf = leaves[cascade, tree, node - splits]
            for number in range(shape.size):
                shape[number] += leaf[number]


@kernel
def _look(
    image: Any,
    corner: Any,
    extent: Any,
    shape: Any,
    turn: Any,
    anchors: Any,
    offsets: Any,
    features: Any,
) -> None:
    """Read the pixels near the shape's points; black outside the image."""
    along, across = turn
    for feature in range(features.size):
        dx, dy = offsets[feature, 0], offsets[feature, 1]
        x = shape[2 * anchors[feature]] + along * dx - across * dy
        y = shape[2 * anchors[feature] + 1] + across * dx + along * dy
        column = int(np.floor(corner[0] + x * extent[0] + 0.5))
        row = int(np.floor(corner[1] + y * extent[1] + 0.5))
        features[feature] = 0
        if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
            pixel = image[row, column]
            features[feature] = (int(pixel[0]) + int(pixel[1]) + int(pixel[2])) // 3


@kernel
def _turn(mean_shape: Any, shape: Any) -> Any:
    """The rotation and scale, as a complex number, that bring the mean shape nearest to `shape`."""
    mean_x, mean_y = mean_shape[0::2].mean(), mean_shape[1::2].mean()
    shape_x, shape_y = shape[0::2].mean(), shape[1::2].mean()
    along = across = norm = 0.0
    for point in range(shape.size // 2):
        x, y = mean_shape[2 * point] - mean_x, mean_shape[2 * point + 1] - mean_y
        u, v = shape[2 * point] - shape_x, shape[2 * point + 1] - shape_y
        along += x * u + y * v
        across += x * v - y * u
        norm += x * x + y * y
    return along / norm, across / norm
