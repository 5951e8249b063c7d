"""How examples are made of pairs, and in what order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from faceflow.errors import ConfigError
from faceflow.learn.data.augmentation import Augmentation
from faceflow.learn.networks.names import INPUTS
from faceflow.types import AnyArray, Size

MASKS = ("valid", "none")

MARGIN = 10
"""px of the frame around the landmarks, as the reference system crops."""


@dataclass(frozen=True)
class PipelineOptions:
    """What examples are like.

    Raises
    ------
    ConfigError
        An option has a value that is not taken.

    Examples
    --------
    >>> PipelineOptions(4, 64, 64, {"Deconv1_prediction": (32, 32)}).mask
    'valid'
    """

    batch_size: int
    height: int
    width: int
    output_sizes: Mapping[str, Size]
    """(h, w) of each field of flow, by the name of the output that it is for."""
    mask: str = "valid"
    """``valid``: what is no ground truth has no weight. ``none``: it counts, as flow of 0, as the
    reference system has it."""
    margin: int = MARGIN
    """px of the frame around the landmarks."""
    stride: tuple[int, int] = (1, 1)
    """From how many to how many times its own distance a pair may be drawn out."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0
    shuffle: bool = False
    """Without end, each epoch in another order; else once, in order."""
    with_second: bool = False
    """Whether the second frame is a target too."""

    @property
    def kinds(self) -> dict[str, tuple[str, tuple[int, int, int]]]:
        """The arrays of an example: dtype and shape of each by its name."""
        frames = dict.fromkeys(INPUTS, ("uint8", (self.height, self.width, 3)))
        return frames | {n: ("float32", (*size, 3)) for n, size in self.output_sizes.items()}

    def empty(self) -> dict[str, AnyArray]:
        """Memory of an example."""
        import numpy as np

        return {name: np.empty(shape, dtype) for name, (dtype, shape) in self.kinds.items()}

    def __post_init__(self) -> None:
        for name in ("batch_size", "height", "width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} {getattr(self, name)} is not taken: 1 and more are")
        if self.mask not in MASKS:
            raise ConfigError(f"mask {self.mask!r} is not taken, only {', '.join(MASKS)}")
        if self.margin < 0:
            raise ConfigError(f"margin {self.margin} is not taken: 0 px and more are")
        if not 1 <= self.stride[0] <= self.stride[1]:
            raise ConfigError(f"stride {self.stride} is not taken: from 1 up, the least first, is")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"seed {self.seed} is not taken: 0 to 2^63 - 1 are")
