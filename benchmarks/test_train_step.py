"""What a train step costs with each experiment's losses, beside the end-point error alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from measure import Call, at_most, beside

from faceflow.learn.experiments import EXPERIMENTS
from faceflow.learn.losses import FlowLoss, compile_losses
from faceflow.learn.networks import PRESETS, FlowNetS, flownet_s
from faceflow.types import AnyArray

BATCH = 8
FULL = "Deconv1_prediction"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_against_end_point_error_alone(benchmark: Any, name: str) -> None:
    experiment = EXPERIMENTS[name]
    beside(
        benchmark,
        f"one train step of {BATCH} pairs, network small",
        Call(f"losses of {name}", step(compile_losses(experiment))),
        Call("end-point error of the finest prediction alone", step({FULL: FlowLoss(1.0)})),
        target=at_most(1.25),
        rounds=15,
    )


def step(losses: dict[str, keras.losses.Loss]) -> Callable[[], object]:
    """A step of a network of its own, compiled and run once."""
    network = flownet_s(**PRESETS["small"])
    network.compile(keras.optimizers.Adam(1e-6), loss=losses)
    inputs, targets = batch(network, list(losses))
    network.train_on_batch(inputs, targets)
    return lambda: network.train_on_batch(inputs, targets)


def batch(network: FlowNetS, names: list[str]) -> tuple[dict[str, AnyArray], dict[str, AnyArray]]:
    """Noise: what is in the pixels does not matter."""
    rng = np.random.default_rng(0)
    shape = (BATCH, network.height, network.width, 3)
    inputs = {name: rng.uniform(0, 255, shape).astype(np.float32) for name in network.input}
    targets = {}
    if "warped_output" in names:
        weights = np.ones((*shape[:3], 1), np.float32)
        targets["warped_output"] = np.concatenate([inputs["nxt_input"], weights], axis=-1)
    for name in set(names) - {"warped_output"}:
        flow = rng.normal(0, 3, (BATCH, *network.output_sizes[name], 3))
        flow[..., 2] = 1
        targets[name] = flow.astype(np.float32)
    return inputs, targets
