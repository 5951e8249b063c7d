"""A network that says of a frame what its colours say, so that its flow is known."""

from __future__ import annotations

import numpy as np

from faceflow.learn.networks.flownet import FlowNetS
from faceflow.types import AnyArray, Image, Size

ZERO, STEP = 128, 8  # grey levels: of no motion, and for a pixel of the prediction's grid
LEVELS = 32  # that are 1 where conv1 sees them


def make_seeing(**settings: object) -> FlowNetS:
    """Its finest prediction is ((red - 128) / 8, (green - 128) / 8) of the first frame."""
    network = FlowNetS(**settings)
    network.set_weights(list(seeing_weights(network).values()))
    return network


def seeing_weights(network: FlowNetS) -> dict[str, AnyArray]:
    """By the path of each weight; nearly all are 0."""
    weights = {weight.path: np.zeros(weight.shape, np.float32) for weight in network.weights}
    for channel in (0, 1):
        # The mean of the four pixels that a pixel of half the size covers.
        weights["conv1/kernel"][2:4, 2:4, channel, channel] = LEVELS / 4
        weights["Deconv1_prediction/kernel"][1, 1, channel, channel] = 1 / STEP
    weights["Deconv1_prediction/bias"][:] = -ZERO / STEP
    return weights


def ramps(size: Size) -> tuple[Image, AnyArray]:
    """A frame of ramps, red-green-blue, and what the network predicts of it, at its size."""
    H, W = size
    red = np.broadcast_to(np.linspace(40, 220, W), size)
    green = np.broadcast_to(np.linspace(200, 90, H)[:, None], size)
    frame = np.rint(np.stack([red, green, np.zeros(size)], axis=-1)).astype(np.uint8)
    return frame, (np.stack([red, green], axis=-1) - ZERO) / STEP
