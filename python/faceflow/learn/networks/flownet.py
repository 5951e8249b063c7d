"""The network, layer for layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np

from faceflow.learn.networks.build import build
from faceflow.learn.networks.checks import VECTORS, check_arguments
from faceflow.learn.networks.names import INPUTS, PREDICTIONS
from faceflow.learn.networks.start import see_motion
from faceflow.types import Size


@keras.saving.register_keras_serializable("faceflow")
class FlowNetS(keras.Model):
    """FlowNetS with a Siamese front: two frames to flow at five sizes, and the first frame moved.

    Inputs are a dict of ``pre_input`` and ``nxt_input``, (B, H, W, 3) float32 red-green-blue,
    0..255. Outputs are a dict of ``Deconv1_prediction`` (B, H/2, W/2, 2) to
    ``Deconv5_prediction`` (B, H/32, W/32, 2), each (u, v) in pixels of its own grid, and
    ``warped_output`` (B, H, W, 3): the first frame at half size sampled at p - F, F being
    ``Deconv1_prediction``, and doubled. They are float32 under mixed precision too.

    Layers are named as in the weights files that were published; those that have no name there
    are ``conv6_1``, ``iconv5``, ``iconv4`` and ``iconv3``. At 384x512 and full width it has
    49,437,364 parameters.

    Parameters
    ----------
    height, width
        Of the frames, pixels: multiples of 64.
    width_multiplier
        What the number of filters is multiplied by, of all layers but the predictions.
    redirect
        Pairs (i, j), i < j, each once: the layer ``conv<i>`` (of the first frame where it sees
        both) also goes into layer j, beside ``conv<j>``, through a 1x1 convolution of stride
        2^(j-i) with 32 filters times `width_multiplier`. j is 3 to 6: layer 2 has nothing that
        could take it.
    vectors
        ``"crop"``: predictions are as said above. ``"frame"``: the weights are published ones,
        whose ``Deconv1_prediction`` is (u * 256/384, v * 192/512) of a motion in pixels of the
        whole frame at 512x384, whatever part of it the network was shown.
    **kwargs
        As for `keras.Model`.

    Raises
    ------
    ConfigError
        A size, a width or a redirection that the network cannot have.

    Notes
    -----
    Dosovitskiy et al., "FlowNet: Learning Optical Flow with Convolutional Networks" (ICCV 2015);
    Alkaddour, Tariq and Dhall, "Self-Supervised Approach for Facial Movement Based Optical Flow"
    (IEEE Trans. Affective Computing 13(4), 2022).

    Examples
    --------
    >>> model = FlowNetS(64, 128, width_multiplier=0.05)
    >>> model.output["Deconv5_prediction"].shape
    (None, 2, 4, 2)
    """

    def __init__(
        self,
        height: int = 384,
        width: int = 512,
        width_multiplier: float = 1.0,
        redirect: Iterable[Sequence[int]] | None = None,
        vectors: Literal["crop", "frame"] = "crop",
        **kwargs: Any,
    ) -> None:
        pairs = check_arguments(height, width, width_multiplier, redirect, vectors)
        inputs = {name: keras.Input((height, width, 3), name=name) for name in INPUTS}
        first, second = inputs.values()
        outputs = build(first, second, width_multiplier, pairs)
        super().__init__(inputs=inputs, outputs=outputs, **{"name": "flownet_s"} | kwargs)
        self.height, self.width = height, width
        self.width_multiplier = width_multiplier
        self.redirect = pairs or None
        self.vectors: Literal["crop", "frame"] = vectors

    @property
    def output_sizes(self) -> dict[str, Size]:
        """(H, W) of each prediction by its name, finest first."""
        halvings = range(1, len(PREDICTIONS) + 1)
        sizes = ((self.height >> k, self.width >> k) for k in halvings)
        return dict(zip(PREDICTIONS, sizes, strict=True))

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """As of `keras.Model`; targets need not be there for outputs that have no loss."""
        return super().compute_loss(x, y, _beside(y, y_pred), sample_weight, training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """As of `keras.Model`; targets need not be there for outputs that have no metric."""
        return super().compute_metrics(x, y, _beside(y, y_pred), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "height": self.height,
            "width": self.width,
            "width_multiplier": self.width_multiplier,
            "redirect": self.redirect and [list(pair) for pair in self.redirect],
            "vectors": self.vectors,
            "name": self.name,
            "trainable": self.trainable,
        }

    def save_own_variables(self, store: Any) -> None:
        """Put `vectors` beside the weights: without it they do not say what they predict."""
        store["vectors"] = np.array(VECTORS.index(self.vectors), np.int32)

    def load_own_variables(self, store: Any) -> None:
        """Take `vectors` from beside the weights."""
        if "vectors" in store.keys():  # noqa: SIM118 - Keras gives no mapping
            self.vectors = VECTORS[bool(np.asarray(store["vectors"]).any())]

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> FlowNetS:
        """The network without its weights."""
        return cls(**config)


def flownet_s(
    height: int = 384,
    width: int = 512,
    width_multiplier: float = 1.0,
    redirect: Iterable[Sequence[int]] | None = None,
) -> FlowNetS:
    """The network as training begins, see `start.see_motion`; arguments and errors of `FlowNetS`.

    Examples
    --------
    >>> flownet_s(64, 64, width_multiplier=0.05).output_sizes["Deconv1_prediction"]
    (32, 32)
    """
    network = FlowNetS(height, width, width_multiplier, redirect)
    see_motion(network)
    return network


def _beside(targets: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that there are targets for; Keras wants all of one where it has the other."""
    return {name: outputs[name] for name in targets}
