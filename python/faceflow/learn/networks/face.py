"""The network that corrects DIS flow on faces."""

from __future__ import annotations

from typing import Any, Protocol

import keras
from keras import layers, ops

from faceflow.flow.local_motion import ANSWERS, CHANNELS
from faceflow.methods.correction import OUTPUTS

FILTERS = (24, 48, 64, 96)
"""Filters at 1/2, 1/4, 1/8 and 1/16 of a frame's sides."""

SLOPE = 0.1
"""Slope of the leaky rectifiers below 0."""


class Maker(Protocol):
    """Makes layers; calling one passes something through it."""

    def conv(self, name: str, filters: int, kernel: int = 3, stride: int = 1) -> Any:
        """A convolution with a leaky rectifier."""

    def output(self, name: str, filters: int) -> Any:
        """A convolution whose values are the output."""

    def double(self, name: str) -> Any:
        """Doubles the sides by repeating values."""

    def join(self, name: str) -> Any:
        """Joins the channels of a list."""


def connect(make: Maker, features: Any) -> Any:
    """Pass features through the network's layers.

    Parameters
    ----------
    make
        Makes the layers: Keras's for training, nodes of ONNX for export.
    features
        What `faceflow.flow.local_motion` finds.

    Returns
    -------
    output
        See `FaceFlowNet`.
    """
    x = make.conv("level1", FILTERS[0])(features)
    levels = [x]
    for number, filters in enumerate(FILTERS[1:], 2):
        x = make.conv(f"down{number}", filters, stride=2)(x)
        x = make.conv(f"level{number}", filters)(x)
        levels.append(x)
    for number in range(len(FILTERS) - 1, 0, -1):
        filters = FILTERS[number - 1]
        x = make.double(f"double{number}")(make.conv(f"up{number}", filters, kernel=1)(x))
        x = make.conv(f"merge{number}", filters)(
            make.join(f"join{number}")([x, levels[number - 1]])
        )
    return make.output("output", OUTPUTS)(x)


@keras.saving.register_keras_serializable("faceflow")
class FaceFlowNet(keras.Model):
    """U-Net that weighs local answers, to correct the flow of a classical method.

    A small network finds it hard to learn that motion is a ratio of temporal and spatial
    gradients. So it is given this ratio: frame 2 is pulled back by an initial flow (DIS), and the
    equations of Lucas and Kanade for what is left are solved in Gaussian windows of three sizes
    (`faceflow.flow.local_motion`). The network only has to weigh these answers against each other
    and against what faces look like, and to fill in where none of them is right.

    It is used twice with the same weights, first on frames of half size, then on whole ones from
    the flow that this gave: a step of coarse-to-fine refinement, as in IRR-PWC. Its last layer
    starts at zero, so an untrained network gives DIS.

    Input: (B, H/2, W/2, 28) float32, features of frames (H, W) whose sides are multiples of 16.
    Output: (B, H/2, W/2, 6) float32. Channels 0 and 1 are a correction in pixels of the frames, 2
    to 4 are weights of the three answers, and 5 tells the expected error
    (`faceflow.methods.correction.ERROR_SHIFT`); `correction` puts them together. There
    are 377,854 parameters.

    Notes
    -----
    Ronneberger, Fischer and Brox, "U-Net" (MICCAI 2015); Lucas and Kanade, "An Iterative Image
    Registration Technique" (IJCAI 1981); Hur and Roth, "Iterative Residual Refinement for Joint
    Optical Flow and Occlusion Estimation" (CVPR 2019); Kroeger, Timofte, Dai and Van Gool, "Fast
    Optical Flow using Dense Inverse Search" (ECCV 2016).

    Examples
    --------
    >>> FaceFlowNet().output_shape
    (None, None, None, 6)
    """

    def __init__(self, **kwargs: Any) -> None:
        features = keras.Input((None, None, CHANNELS), name="features")
        output = connect(_Layers(), features)
        super().__init__(features, output, **{"name": "face"} | kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> FaceFlowNet:
        """Make the network without its weights."""
        return cls(**config)


def correction(output: Any, features: Any) -> Any:
    """Put the network's output and the local answers together.

    Parameters
    ----------
    output
        (B, h, w, 6) from the network.
    features
        (B, h, w, 28) that it was given.

    Returns
    -------
    correction
        (B, h, w, 2): what is to be added to the flow, in pixels of the frames.

    Examples
    --------
    >>> correction(ops.ones((1, 2, 2, 6)), ops.ones((1, 2, 2, 28))).shape
    TensorShape([1, 2, 2, 2])
    """
    total = output[..., :2]
    for number, answer in enumerate(ANSWERS):
        total = total + output[..., 2 + number : 3 + number] * features[..., answer]
    return total


class _Layers:
    """Makes layers of Keras; see `Maker`."""

    def conv(self, name: str, filters: int, kernel: int = 3, stride: int = 1) -> Any:
        return layers.Conv2D(
            filters,
            kernel,
            stride,
            padding="same",
            kernel_initializer="he_normal",
            activation=_leaky,
            name=name,
        )

    def output(self, name: str, filters: int) -> Any:
        # In float32 whatever the policy, since corrections are small fractions of a pixel.
        return layers.Conv2D(
            filters, 3, padding="same", kernel_initializer="zeros", dtype="float32", name=name
        )

    def double(self, name: str) -> Any:
        return layers.UpSampling2D(2, name=name)

    def join(self, name: str) -> Any:
        return layers.Concatenate(name=name)


@keras.saving.register_keras_serializable("faceflow")
def _leaky(x: Any) -> Any:
    return ops.leaky_relu(x, SLOPE)
