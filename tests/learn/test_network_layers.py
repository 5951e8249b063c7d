"""Doubling, halving and warping are TensorFlow 1's, and warping is ours with the sign turned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

import faceflow as ff
from faceflow.learn.networks.layers import Double, HalveBicubic, WarpBackward
from faceflow.types import AnyArray, Size

SIDES = st.integers(2, 20).map(lambda half: 2 * half)


def noise(size: Size, channels: int = 3, batch: int = 2) -> AnyArray:
    """Images of every grey level."""
    rng = np.random.default_rng(sum(size))
    return rng.uniform(0, 255, (batch, *size, channels)).astype(np.float32)


def value(tensor: Any) -> AnyArray:
    return np.asarray(ops.convert_to_numpy(tensor))


@settings(max_examples=20)
@given(st.tuples(SIDES, SIDES))
def test_doubling_is_that_of_tensorflow_1(size: Size) -> None:
    """With no half-pixel centres; pixels are multiplied where they are vectors."""
    images = noise(size)
    doubled = tf.compat.v1.image.resize_bilinear(images, [2 * side for side in size]).numpy()
    np.testing.assert_allclose(value(Double()(images)), doubled, atol=1e-4)
    np.testing.assert_allclose(value(Double(2.0)(images)), 2 * doubled, atol=2e-4)


@settings(max_examples=20)
@given(st.tuples(SIDES, SIDES))
def test_halving_is_that_of_tensorflow_1(size: Size) -> None:
    """Bicubic, corners aligned."""
    check_halving(size)


def test_halving_of_a_whole_frame_is_that_of_tensorflow_1() -> None:
    """Where rounding decides at which of 1024 places between two pixels one is taken."""
    check_halving((384, 512))


def check_halving(size: Size) -> None:
    images = noise(size)
    resize = tf.compat.v1.image.resize_bicubic
    halved = resize(images, [side // 2 for side in size], align_corners=True).numpy()
    np.testing.assert_allclose(value(HalveBicubic()(images)), halved, atol=1e-3)


def test_warp_samples_behind_the_flow() -> None:
    """At p - F, as ff.warp(image, -F) does, whose filter is bicubic: a ramp has no curvature."""
    y, x = np.mgrid[:40, :56].astype(np.float32)
    image = np.stack([x, y, x + 2 * y], axis=-1)
    rng = np.random.default_rng(0)
    flow = rng.uniform(-3, 3, (*image.shape[:2], 2)).astype(np.float32)
    warped = value(WarpBackward()([image[None], flow[None]]))[0]
    inside = slice(6, -6)
    expected = ff.warp(image, -flow)
    np.testing.assert_allclose(warped[inside, inside], expected[inside, inside], atol=0.2)
    np.testing.assert_allclose(
        warped[inside, inside, 0], (x - flow[..., 0])[inside, inside], atol=1e-4
    )


@settings(max_examples=20)
@given(st.tuples(SIDES, SIDES), st.integers(-40, 40), st.integers(-40, 40))
def test_warp_by_whole_pixels_moves_the_image(size: Size, u: int, v: int) -> None:
    """Right by u and down by v, the edge repeated however far it is."""
    image = noise(size)
    flow = np.broadcast_to(np.float32([u, v]), (2, *size, 2))
    rows = np.clip(np.arange(size[0]) - v, 0, size[0] - 1)
    columns = np.clip(np.arange(size[1]) - u, 0, size[1] - 1)
    np.testing.assert_allclose(
        value(WarpBackward()([image, flow])), image[:, rows][:, :, columns], atol=1e-4
    )


def test_warp_by_what_is_no_number_is_no_number() -> None:
    """Where it is, and nowhere else: a loss that is not finite says so."""
    image, flow = noise((4, 6)), np.zeros((2, 4, 6, 2), np.float32)
    flow[1, 2, 3, 0] = flow[0, 1, 1, 1] = np.nan
    warped = value(WarpBackward()([image, flow]))
    np.testing.assert_array_equal(np.isnan(warped).all(-1), np.isnan(flow).any(-1))
    np.testing.assert_array_equal(np.isnan(warped).any(-1), np.isnan(flow).any(-1))


def test_gradient_of_the_warp_is_the_slope_of_the_image() -> None:
    """With its sign turned, in x and in y; none where the position is outside of the image."""
    y, x = np.mgrid[:8, :8].astype(np.float32)
    image = tf.constant((3 * x + 5 * y)[None, ..., None])
    flow = tf.Variable(np.full((1, 8, 8, 2), 0.25, np.float32))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(WarpBackward()([image, flow]))
    gradient = value(tape.gradient(total, flow))[0]
    np.testing.assert_allclose(gradient[1:, 1:], np.broadcast_to([-3, -5], (7, 7, 2)), atol=1e-3)
    assert not gradient[0, :, 1].any()
    assert not gradient[:, 0, 0].any()


@pytest.mark.parametrize("make", [Double, HalveBicubic, WarpBackward])
def test_layer_computes_in_single_precision(make: Callable[[], Any]) -> None:
    """Whatever the policy is: half precision has no 1/32 px at 64 px."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert make().compute_dtype == "float32"
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("layer", [Double(2.0), HalveBicubic(), WarpBackward()])
def test_layer_comes_back_from_its_configuration(layer: Any) -> None:
    """As Keras stores layers."""
    stored = keras.saving.serialize_keras_object(layer)
    assert keras.saving.deserialize_keras_object(stored).get_config() == layer.get_config()
