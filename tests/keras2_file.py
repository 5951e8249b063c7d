"""Weights files of Keras 2.3, written here by plain h5py as that version wrote them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from faceflow.learn.networks import FlowNetS
from faceflow.types import AnyArray

# In the order of that version: by depth. Layers without weights stand among them.
LAYERS = """
pre_input nxt_input conv1 leaky_re_lu_1 conv2 conv3 conv_redir concatenate_1 conv3_1 conv4 conv4_1
conv5 conv5_1 conv6 conv2d_1 Deconv6_prediction deconv5 up_sampling2d_1 concatenate_2 conv2d_2
Deconv5_prediction deconv4 concatenate_3 conv2d_3 Deconv4_prediction deconv3 concatenate_4 conv2d_4
Deconv3_prediction deconv2 concatenate_5 Deconv2_prediction deconv1 concatenate_6
Deconv1_prediction lambda_1 warped_output
"""
OURS = {"conv2d_1": "conv6_1", "conv2d_2": "iconv5", "conv2d_3": "iconv4", "conv2d_4": "iconv3"}


def weights_of(network: FlowNetS) -> dict[str, list[AnyArray]]:
    """Of each layer that has some, kernel and bias, as that version had them.

    There conv1 sees grey levels as they are, here a 32nd of them.
    """
    weights = {layer.name: layer.get_weights() for layer in network.layers if layer.weights}
    weights["conv1"][0] = weights["conv1"][0] / 32
    return weights


def write_keras2(
    path: Path,
    weights: dict[str, list[AnyArray]],
    first: int = 1,
    pieces: int = 1,
    compression: int | None = None,
) -> None:
    """A file as `Model.save_weights` of Keras 2.3 writes it; `first` is what numbers begin with.

    That version did not compress: with `compression`, weights that are mostly 0 take little room.
    """
    names = LAYERS.split()
    stored = {}
    for name in LAYERS.split():
        values = weights.get(OURS.get(name, name), [])
        if name.startswith("conv2d_"):
            number = int(name.rpartition("_")[2]) + first - 1
            names[names.index(name)] = name = f"conv2d_{number}"
        stored[name] = values
    with h5py.File(path, "w") as file:
        encoded = [name.encode("utf8") for name in names]
        if pieces == 1:
            file.attrs["layer_names"] = encoded
        else:
            for number, piece in enumerate(np.array_split(np.array(encoded), pieces)):
                file.attrs[f"layer_names{number}"] = piece
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.3.1"
        for name, values in stored.items():
            group = file.create_group(name)
            within = [f"{name}/{part}:0".encode() for part in ("kernel", "bias")][: len(values)]
            group.attrs["weight_names"] = within
            for weight_name, value in zip(within, values, strict=True):
                group.create_dataset(weight_name, data=value, compression=compression)
