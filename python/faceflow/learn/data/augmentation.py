"""How examples are varied."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from faceflow.errors import ConfigError


@dataclass(frozen=True)
class Augmentation:
    """Ranges that each example draws from evenly; as it stands nothing is varied.

    What moves pixels moves landmarks alike and flow follows from these, so that it stays exact. Of
    colours both frames get the same, and the second a small difference of its own. The time between
    the frames is `PipelineOptions.stride`.

    Raises
    ------
    ConfigError
        A range is not taken.

    Examples
    --------
    >>> Augmentation(rotation=5).flip
    0.0
    """

    flip: float = 0.0
    """How many of the examples are mirrored, as a share."""
    scale: tuple[float, float] = (1.0, 1.0)
    """From how large to how large both frames get."""
    rotation: float = 0.0
    """Degrees that both frames turn at most, either way; about the middle of the crop."""
    translation: float = 0.0
    """How far both frames are shifted at most, as a share of the crop's sides."""
    relative_scale: float = 0.0
    """How much larger or smaller the second frame gets than the first at most, as a share."""
    relative_rotation: float = 0.0
    """Degrees that the second frame turns at most beside the first."""
    relative_translation: float = 0.0
    """How far the second frame is shifted at most beside the first, as a share."""
    brightness: float = 0.0
    """Grey levels that are added or taken away at most."""
    contrast: float = 0.0
    """By how much distances from middle grey are stretched or squeezed at most, as a share."""
    gamma: float = 0.0
    """How far the exponent goes at most: from 1 / (1 + gamma) to 1 + gamma."""
    saturation: float = 0.0
    """By how much distances from grey are stretched or squeezed at most, as a share."""
    hue: float = 0.0
    """Degrees that colours turn about the axis of greys at most, either way."""
    difference: float = 0.0
    """How far the second frame's colours go another way, as a share of these five ranges."""
    blur: float = 0.0
    """The largest standard deviation of a Gaussian blur, pixels of the input."""
    noise: float = 0.0
    """The largest standard deviation of noise, grey levels; other noise in each frame."""

    def __post_init__(self) -> None:
        most = {"flip": 1.0, "difference": 1.0, "contrast": 1.0, "saturation": 1.0}
        most |= {"relative_scale": 0.9, "translation": 0.5, "relative_translation": 0.5}
        most |= {"rotation": 180.0, "relative_rotation": 180.0, "hue": 180.0}
        for name in (field.name for field in fields(self) if field.name != "scale"):
            value, limit = getattr(self, name), most.get(name, 255.0)
            if not 0 <= value <= limit:
                raise ConfigError(f"augmentation: {name} {value} is not taken: 0 to {limit:g} are")
        low, high = self.scale
        if not (0.1 <= low <= high <= 10 and math.isfinite(high)):
            raise ConfigError(f"augmentation: scale {self.scale} is not taken: 0.1 to 10 is")

    @property
    def moves(self) -> bool:
        """Whether pixels are moved."""
        shares = (self.flip, self.rotation, self.translation)
        return any((*shares, self.moves_second)) or self.scale != (1.0, 1.0)

    @property
    def moves_second(self) -> bool:
        """Whether the second frame is moved beside the first."""
        return any((self.relative_scale, self.relative_rotation, self.relative_translation))

    @property
    def recolours(self) -> bool:
        """Whether pixels are changed where they are."""
        shares = (self.brightness, self.contrast, self.gamma, self.saturation, self.hue)
        return any((*shares, self.blur, self.noise))


AUGMENTATIONS = {
    "none": Augmentation(),
    "standard": Augmentation(
        flip=0.5,
        scale=(0.9, 1.25),
        rotation=10,
        translation=0.05,
        relative_scale=0.01,
        relative_rotation=0.5,
        relative_translation=0.01,
        brightness=25,
        contrast=0.25,
        gamma=0.3,
        saturation=0.3,
        hue=10,
        difference=0.1,
        blur=0.8,
        noise=4,
    ),
}
"""By name; ``standard`` is about a third of what FlowNetS was trained with (Dosovitskiy et al.,
ICCV 2015, section 4.2), as faces move less than chairs."""
