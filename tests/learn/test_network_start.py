"""What a network starts from."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from faceflow.learn.networks import flownet_s
from faceflow.learn.networks.names import INPUTS
from faceflow.opencv import cv2
from faceflow.types import AnyArray

H, W = 64, 128


def moved(u: float, v: float) -> dict[str, AnyArray]:
    """Eight smooth textures, and the same ones moved by (u, v)."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:H, :W].astype(np.float32)
    frames: tuple[list[AnyArray], list[AnyArray]] = ([], [])
    for _ in range(8):
        coarse = rng.integers(0, 256, (H // 8, W // 8, 3)).astype(np.uint8)
        frame = cv2.resize(coarse, (W, H), interpolation=cv2.INTER_CUBIC)
        frames[0].append(frame)
        frames[1].append(cv2.remap(frame, x - u, y - v, cv2.INTER_CUBIC, None, cv2.BORDER_WRAP))
    return {name: np.float32(images) for name, images in zip(INPUTS, frames, strict=True)}


def seen(network: keras.Model, u: float, v: float) -> tuple[float, float]:
    """What the detectors of motion along x, and those along y, say in the mean."""
    inner = keras.Model(network.input, network.get_layer("iconv3").output)
    pairs = network.get_layer("conv3_1").filters // 2
    given = inner.predict_on_batch(moved(u, v))[..., : 2 * pairs].mean(axis=(0, 1, 2))
    differences = given[0::2] - given[1::2]
    return float(differences[0::2].mean()), float(differences[1::2].mean())


def test_motion_is_seen_before_anything_is_learnt() -> None:
    """Which way it goes, along x and along y; none where there is none."""
    keras.utils.set_random_seed(0)
    network = flownet_s(H, W, 0.25)
    assert seen(network, 0, 0) == pytest.approx((0, 0), abs=1e-3)
    (right, _), (left, _) = seen(network, 3, 0), seen(network, -3, 0)
    (_, down), (_, up) = seen(network, 0, 3), seen(network, 0, -3)
    assert right > 0.1 > -0.1 > left
    assert down > 0.1 > -0.1 > up


@pytest.mark.parametrize("width", [0.001, 0.05, 0.25])
def test_nothing_is_predicted_before_anything_is_learnt(width: float) -> None:
    """Whatever the number of filters, one and odd ones among them."""
    network = flownet_s(H, W, width, redirect=[(1, 3)])
    assert all(np.isfinite(weight).all() for weight in network.get_weights())
    predicted = network.predict_on_batch(moved(3, 0))
    for name in network.output_sizes:
        assert not predicted[name].any()
