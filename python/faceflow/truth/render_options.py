"""The options of rendered sequences."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from faceflow.errors import ConfigError
from faceflow.files import shown
from faceflow.landmarks.options import check_choices

CHOICES = {
    "images": ("real", "rendered"),
    "head_motion": ("none", "similarity", "homography"),
}
"""The words each option takes."""

VARIATIONS = ("brightness", "noise", "blur", "jpeg")
"""What ``--vary`` takes, joined by commas."""

_SEEDS = 2**63
_LARGEST = 100


@dataclass(frozen=True)
class RenderOptions:
    """Whether images are rendered, and how; see ``faceflow-gen --help`` for each.

    Raises
    ------
    ConfigError
        An option has a value that is not taken, or is of no use with the others.
    """

    images: str = "real"
    motions: Path | None = None
    """A folder of landmarks; None for each sequence's own."""
    motion_scale: float = 1.0
    head_motion: str = "none"
    vary: str = "none"
    """Of `VARIATIONS`, or all."""
    count: int | None = None
    """How many sequences; None for every photograph with every motion."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_choices(self, CHOICES)
        if not self.rendered:
            self._check_unused()
        if not 0 <= self.motion_scale <= _LARGEST:
            given = f"--motion-scale {self.motion_scale}"
            raise ConfigError(f"{given} is not taken: 0 to {_LARGEST} is")
        if not 0 <= self.seed < _SEEDS:
            raise ConfigError(f"--seed {self.seed} is not taken: 0 and more are")
        _ = self.variations
        self._check_motions()

    @property
    def rendered(self) -> bool:
        """Whether images are rendered from one photograph."""
        return self.images == "rendered"

    @property
    def variations(self) -> tuple[str, ...]:
        """What differs between frames beside the motion.

        Raises
        ------
        ConfigError
            A word that is not taken.
        """
        if self.vary == "none":
            return ()
        words = set(VARIATIONS if self.vary == "all" else self.vary.split(","))
        if unknown := sorted(words.difference(VARIATIONS)):
            taken = f"none, all, or of {', '.join(VARIATIONS)} some joined by commas"
            raise ConfigError(f"--vary {unknown[0]!r} is not taken: {taken} are")
        return tuple(word for word in VARIATIONS if word in words)

    def _check_unused(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) != field.default:
                name = field.name.replace("_", "-")
                raise ConfigError(f"--{name} is taken with --images rendered only")

    def _check_motions(self) -> None:
        if self.count is not None and self.motions is None:
            raise ConfigError("--count is taken with --motions only: there is one sequence of each")
        if self.count is not None and self.count < 1:
            raise ConfigError(f"--count {self.count} is not taken: 1 and more are")
        if self.motions is not None and not self.motions.is_dir():
            raise ConfigError(f"--motions {shown(self.motions)} is no folder")

    def defining(self) -> dict[str, Any]:
        """What the data depend on, as ``dataset.json`` holds it; nothing where images are real.

        Not how many sequences: the first ones are the same, however many follow.
        """
        if not self.rendered:
            return {}
        return {
            "images": self.images,
            "motions": "own" if self.motions is None else "transferred",
            "motion_scale": self.motion_scale,
            "head_motion": self.head_motion,
            "vary": ",".join(self.variations) or "none",
            "seed": self.seed,
        }
