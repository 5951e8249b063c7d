"""The network learns what it is shown."""

from __future__ import annotations

import keras
import numpy as np

from faceflow.learn.experiments import EXPERIMENTS, required_outputs
from faceflow.learn.losses import EndpointError, compile_losses
from faceflow.learn.networks import PRESETS, flownet_s
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Flow

STEPS = 300


def make_pairs(size: tuple[int, int]) -> tuple[dict[str, AnyArray], list[Flow]]:
    """Four textures that move and stretch by some pixels, and how they do."""
    rng = np.random.default_rng(0)
    H, W = size
    y, x = np.mgrid[:H, :W].astype(np.float32)
    first, second, flows = [], [], []
    for _ in range(4):
        coarse = rng.integers(0, 256, (H // 8, W // 8, 3)).astype(np.uint8)
        frame = cv2.resize(coarse, (W, H), interpolation=cv2.INTER_CUBIC)
        shift, stretch = rng.uniform(-4, 4, (2, 2)).astype(np.float32)
        u, v = shift[0] + stretch[0] * (x / W - 0.5), shift[1] + stretch[1] * (y / H - 0.5)
        first.append(frame)
        second.append(cv2.remap(frame, x - u, y - v, cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE))
        flows.append(np.stack([u, v], axis=-1))
    frames = (np.stack(images).astype(np.float32) for images in (first, second))
    return dict(zip(("pre_input", "nxt_input"), frames, strict=True)), flows


def test_batch_of_four_pairs_is_overfitted() -> None:
    """To under 0.1 px of motion of some pixels, by the small network with the first experiment."""
    keras.utils.set_random_seed(0)
    network, experiment = flownet_s(**PRESETS["small"]), EXPERIMENTS["exp1"]
    inputs, flows = make_pairs((network.height, network.width))
    targets = {}
    for name in required_outputs(experiment):
        h, w = network.output_sizes[name]
        scaled = [cv2.resize(f, (w, h), interpolation=cv2.INTER_AREA) * (w / 256) for f in flows]
        targets[name] = np.concatenate([np.stack(scaled), np.ones((4, h, w, 1))], axis=-1)
    rate = keras.optimizers.schedules.CosineDecay(3e-4, STEPS, alpha=0.01)
    metrics = {"Deconv1_prediction": [EndpointError()]}
    network.compile(keras.optimizers.Adam(rate), compile_losses(experiment), metrics=metrics)
    still = network.evaluate(inputs, targets, verbose=0, return_dict=True)
    network.fit(inputs, targets, batch_size=4, epochs=STEPS, verbose=0)
    learnt = network.evaluate(inputs, targets, verbose=0, return_dict=True)
    assert still["Deconv1_prediction_epe"] > 1
    assert learnt["Deconv1_prediction_epe"] < 0.1
