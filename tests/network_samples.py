"""Small networks and what is put into them."""

from __future__ import annotations

import numpy as np

from faceflow.learn.experiments import Experiment, required_outputs
from faceflow.learn.networks.flownet import FlowNetS
from faceflow.learn.networks.names import INPUTS, WARPED
from faceflow.types import AnyArray


def make_network(seed: int = 0, **changes: object) -> FlowNetS:
    """A narrow network for frames of 64x128, every weight of it drawn by lot."""
    settings: dict[str, object] = {"height": 64, "width": 128, "width_multiplier": 0.1}
    network = FlowNetS(**settings | changes)
    rng = np.random.default_rng(seed)
    network.set_weights([rng.normal(0, 0.02, w.shape) for w in network.weights])
    return network


def make_inputs(network: FlowNetS, pairs: int = 2, seed: int = 0) -> dict[str, AnyArray]:
    """Noise, by input."""
    rng = np.random.default_rng(seed)
    shape = (pairs, network.height, network.width, 3)
    return {name: rng.uniform(0, 255, shape).astype(np.float32) for name in INPUTS}


def make_targets(
    network: FlowNetS, experiment: Experiment, pairs: int = 2, seed: int = 0
) -> dict[str, AnyArray]:
    """Flow drawn by lot, a third of its pixels not counting; frames for the reconstruction."""
    rng = np.random.default_rng(seed)
    targets = {}
    for name in required_outputs(experiment):
        if name == WARPED:
            colours = rng.uniform(0, 255, (pairs, network.height, network.width, 3))
            weight = rng.random(colours.shape[:3]) > 1 / 3
            targets[name] = np.concatenate([colours, weight[..., None]], axis=-1)
        else:
            size = network.output_sizes[name]
            weight = rng.random((pairs, *size, 1)) > 1 / 3
            flow = rng.normal(0, 3, (pairs, *size, 2)) * weight
            targets[name] = np.concatenate([flow, weight], axis=-1)
    return {name: target.astype(np.float32) for name, target in targets.items()}
