"""What a dataset is made with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from faceflow.dataset.flowfile import VISIBLE, fill_of, needs_masks
from faceflow.dataset.shards.names import MOST_SHARD_MB, SHARD_MB
from faceflow.errors import ConfigError
from faceflow.landmarks.options import LandmarkOptions, check_choices
from faceflow.truth.placement import Placement
from faceflow.truth.render_options import RenderOptions
from faceflow.types import Size

CHOICES = {
    "triangulation": ("first", "each", "mean"),
    "outside": ("unknown", "zero", "nan"),
    "flow_format": ("flo", "kitti", "npz"),
    "image_format": ("jpg", "png"),
    "viz": ("none", "flow", "mesh", "all"),
    "direction": ("forward", "backward", "both"),
    "decode": ("full", "reduced"),
    "extend": ("none", "border", "forehead"),
    "refine": ("none", "photometric"),
    "refine_with": ("face", "dis"),
    "writer": ("files", "shards"),
}
"""The words each option takes."""

DEFINING = (
    "size",
    "triangulation",
    "outside",
    "flow_format",
    "image_format",
    "masks",
    "stride",
    "from_first",
    "direction",
)
"""The options that the data depend on, beside those of the landmarks."""

PAPER = {
    "size": "512x384",
    "triangulation": "first",
    "outside": "zero",
    "image_format": "jpg",
    "viz": "all",
    "landmarks_on": "resized",
    "refine": "none",
}
"""``--preset paper``: what the reference system does, with its defects mended."""

MAX_SIDE = 32766


@dataclass(frozen=True)
class GenerateConfig:
    """The options of ``faceflow-gen`` that say what is made; see its help for each.

    Raises
    ------
    ConfigError
        An option has a value that is not taken.
    """

    landmarks: LandmarkOptions = field(default_factory=LandmarkOptions)
    """Resolved, where the configuration is run."""
    size: Size | None = (512, 384)
    """(H, W), or None for each sequence's own."""
    triangulation: str = "first"
    outside: str = "unknown"
    flow_format: str = "flo"
    image_format: str = "jpg"
    viz: str = "none"
    max_flow: float | None = None
    masks: bool = False
    stride: int = 1
    from_first: bool = False
    direction: str = "forward"
    decode: str = "full"
    extend: str = "none"
    refine: str = "photometric"
    refine_with: str = "face"
    """Where dense flow for the refinement comes from."""
    writer: str = "files"
    store_flow: bool = False
    shard_mb: int = SHARD_MB
    quality: bool = False
    min_quality: float | None = None
    rendering: RenderOptions = field(default_factory=RenderOptions)

    def __post_init__(self) -> None:
        check_choices(self, CHOICES)
        self._check_shards()
        self._check_rendering()
        if self.stride < 1:
            raise ConfigError(f"--stride {self.stride} is not taken: 1 and more are")
        if self.max_flow is not None and not (math.isfinite(self.max_flow) and self.max_flow > 0):
            raise ConfigError(f"--max-flow {self.max_flow} is not taken: more than 0 px is")
        if self.min_quality is not None and not 0 <= self.min_quality <= 1:
            raise ConfigError(f"--min-quality {self.min_quality} is not taken: 0 to 1 are")

    def _check_shards(self) -> None:
        if self.writer != "shards":
            if self.store_flow or self.shard_mb != SHARD_MB:
                given = "--store-flow" if self.store_flow else f"--shard-mb {self.shard_mb}"
                raise ConfigError(f"{given} is taken with --writer shards only")
        elif not 1 <= self.shard_mb <= MOST_SHARD_MB:
            raise ConfigError(f"--shard-mb {self.shard_mb} is not taken: 1 to {MOST_SHARD_MB} are")

    def _check_rendering(self) -> None:
        taken = {"triangulation": ("first",), "decode": ("full",), "extend": ("none", "forehead")}
        for name, values in taken.items() if self.rendering.rendered else ():
            if getattr(self, name) not in values:
                given = f"--{name} {getattr(self, name)}"
                raise ConfigError(f"{given} is not taken with --images rendered")

    @property
    def writes_masks(self) -> bool:
        """Whether masks are written: on request, or as zeros outside look like flow."""
        return needs_masks(self.outside, self.extended, self.masks)

    @property
    def placement(self) -> Placement:
        """Which points are put beside a face's landmarks."""
        return Placement.of(self.extend, self.triangulation)

    @property
    def placed(self) -> Placement:
        """Which points stand after a face's landmarks in landmarks as used."""
        return Placement.of(self.extend, self.triangulation, self.rendering.images)

    @property
    def extended(self) -> bool:
        """Whether there is flow beyond what is ground truth."""
        return self.extend == "border"

    @property
    def refines(self) -> bool:
        """Whether landmarks are refined; motions from elsewhere have no images to do it by."""
        return self.refine != "none" and self.rendering.motions is None

    @property
    def measures_quality(self) -> bool:
        """Whether each pair's photometric errors are recorded."""
        return self.quality or self.min_quality is not None

    @property
    def fill(self) -> float:
        """What flow is given outside the triangles in memory."""
        return fill_of(self.outside)

    def defining(self) -> dict[str, Any]:
        """The options that the data depend on, as ``dataset.json`` holds them."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in DEFINING}
        fields |= self.landmarks.defining()
        fields["size"] = "source" if self.size is None else "x".join(map(str, self.size))
        if self.masks:
            fields["masks"] = VISIBLE
        if self.measures_quality:
            fields["quality"] = True
        if self.min_quality is not None:
            fields["min_quality"] = self.min_quality
        if self.decode != "full":
            fields["decode"] = self.decode
        if self.extend != "none":
            fields["extend"] = self.extend
        if self.refines:
            fields["refine"] = self.refine
            if self.refine_with != "dis":  # of which datasets that were made before say nothing
                fields["refine_with"] = self.refine_with
        if self.writer == "shards":
            fields |= {name: getattr(self, name) for name in ("writer", "store_flow", "shard_mb")}
        return fields | self.rendering.defining()


def parse_size(text: str) -> Size | None:
    """``HxW`` as (H, W), ``source`` as None.

    Raises
    ------
    ConfigError
        Anything else.

    Examples
    --------
    >>> parse_size("512x384"), parse_size("source")
    ((512, 384), None)
    """
    if text == "source":
        return None
    height, cross, width = text.lower().partition("x")
    digits = all(part.isascii() and part.isdigit() and len(part) <= 5 for part in (height, width))
    if not cross or not digits:
        raise ConfigError(f"--size {text!r} is not taken: HxW (as 512x384) or source is")
    size = int(height), int(width)
    if not all(1 <= side <= MAX_SIDE for side in size):
        raise ConfigError(f"--size {text!r} is not taken: sides from 1 to {MAX_SIDE} are")
    return size
