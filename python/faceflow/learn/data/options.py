"""How examples are made of pairs, and in what order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from faceflow.errors import ConfigError
from faceflow.learn.data.augmentation import Augmentation
from faceflow.types import Size

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
        if self.seed < 0:
            raise ConfigError(f"seed {self.seed} is not taken: 0 and more are")
