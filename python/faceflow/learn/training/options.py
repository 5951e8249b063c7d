"""What a training run is made with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceflow.dataset.split import SplitOptions
from faceflow.errors import ConfigError
from faceflow.learn.networks.presets import LONGEST_SIDE, SIDE_STEP
from faceflow.learn.networks.presets import PRESETS as NETWORKS
from faceflow.types import Size

CHOICES = {
    "network": ("flownets", "face"),
    "experiment": ("exp1", "exp2I", "exp2II", "exp3I", "exp3II"),
    "mask": ("valid", "none"),
    "augment": ("none", "standard"),
    "schedule": ("paper", "cosine", "onecycle"),
    "precision": ("float32", "mixed_float16", "mixed_bfloat16"),
    "strategy": ("none", "mirrored", "multiworker"),
    "val": ("auto", "none", "val", "test"),
}
"""The words each option takes."""


def _of_network(name: str) -> dict[str, Any]:
    """The options that say of a preset's network how large it is."""
    network = NETWORKS[name]
    return {"size": f"{network['height']}x{network['width']}", "width": network["width_multiplier"]}


PRESETS: dict[str, dict[str, Any]] = {
    "paper": {
        **_of_network("paper"),
        "batch_size": 16,
        "epochs": 15,
        "schedule": "paper",
        "mask": "none",
        "augment": "none",
    },
    "small": {
        **_of_network("small"),
        "batch_size": 8,
        "epochs": 15,
        "schedule": "cosine",
        "mask": "valid",
        "augment": "standard",
    },
}
"""``--preset``: what the reference system does, and what two cores can do."""

FACE: dict[str, Any] = {
    "size": "192x192",
    "batch_size": 10,
    "epochs": 44,
    "steps_per_epoch": 500,
    "schedule": "cosine",
    "learning_rate": 1.2e-3,
}
"""Defaults of ``--network face``: two hours of two cores."""

_OF_FLOWNETS = ("experiment", "width", "mask", "augment")
"""Options that the face network has no use for."""

_SCRATCH_RATE = {"paper": 1e-4, "cosine": 1e-3, "onecycle": 1e-3}
_TUNING_RATE = 2.5e-7

_OFTEN = 2**31
_DEFINING = (
    *("network", "experiment", "size", "width", "mask", "fractions", "val", "batch_size"),
    *("steps_per_epoch", "augment", "stride", "schedule", "precision", "accumulate"),
    *("xla", "seed", "limit"),
)


@dataclass(frozen=True)
class TrainOptions:
    """The options of ``faceflow-train``; see its help for each. The defaults are ``small``'s.

    Raises
    ------
    ConfigError
        An option has a value that is not taken, or two do not go together.

    Examples
    --------
    >>> options = TrainOptions(Path("flow"), Path("run"), weights=Path("cp.ckpt"), schedule="paper")
    >>> options.rate, options.height, options.resolved_steps(81)
    (2.5e-07, 192, 11)
    """

    data: Path
    run: Path
    network: str = "flownets"
    real: Path | None = None
    """A dataset of real frames, whose own flow is not used, for the face network."""
    real_pairs: int = 2
    """How many of each batch's pairs are real."""
    backgrounds: Path | None = None
    """A folder of pictures without faces, for the face network."""
    experiment: str = "exp1"
    size: str = PRESETS["small"]["size"]
    width: float = PRESETS["small"]["width"]
    """Filters of each layer, against the published network's."""
    weights: Path | None = None
    mask: str = "valid"
    val: str = "auto"
    fractions: tuple[float, ...] = (0.8, 0.1, 0.1)
    epochs: int = 15
    steps_per_epoch: int | None = None
    """None: as many as make one pass over the pairs."""
    batch_size: int = 8
    augment: str = "standard"
    stride: tuple[int, int] = (1, 1)
    """How many times a pair's own distance its second frame is away, from and to."""
    schedule: str = "cosine"
    learning_rate: float | None = None
    """None: what suits the schedule and the weights, see `rate`."""
    patience: int | None = None
    precision: str = "float32"
    accumulate: int = 1
    xla: bool = False
    strategy: str = "none"
    seed: int = 0
    workers: int | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        for option, taken in CHOICES.items():
            if getattr(self, option) not in taken:
                raise _refusal(option, repr(getattr(self, option)), f"{', '.join(taken)} are")
        parse_network_size(self.size)
        for option in ("epochs", "batch_size", "accumulate"):
            self._check_count(option, getattr(self, option))
        for option in ("steps_per_epoch", "patience", "workers", "limit"):
            if getattr(self, option) is not None:
                self._check_count(option, getattr(self, option))
        SplitOptions(self.fractions, self.seed)  # checks them
        if not 0 <= self.seed < _OFTEN:
            raise _refusal("seed", self.seed, f"0 to {_OFTEN - 1} are")
        if not 1 <= self.stride[0] <= self.stride[1] < _OFTEN:
            raise _refusal("stride", "-".join(map(str, self.stride)), "N from 1, or N-M, is")
        if not (math.isfinite(self.width) and 0 < self.width <= 4):
            raise _refusal("width", self.width, "a factor over 0, up to 4, is")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise _refusal("learning-rate", self.rate, "a number over 0 is")
        self._check_network()
        if self.accumulate > 1 and self.strategy != "none":
            raise ConfigError(
                f"--accumulate is not taken with --strategy {self.strategy}: Keras has no gradient "
                "accumulation across replicas; a larger --batch-size is shared out among them"
            )

    def _check_network(self) -> None:
        if self.network != "face":
            for name in ("real", "backgrounds"):
                if getattr(self, name) is not None:
                    raise ConfigError(f"--{name} must go with --network face")
            return
        for name in _OF_FLOWNETS:
            if getattr(self, name) != getattr(TrainOptions, name):  # the default
                raise ConfigError(f"--{name} must not be given with --network face")
        if self.height != self.columns:
            raise _refusal("size", self.size, "a square is, with --network face,")
        if self.strategy != "none" or self.xla:
            what = "--xla" if self.xla else f"--strategy {self.strategy}"
            raise ConfigError(f"{what} must not be given with --network face")
        if self.real is not None and not 1 <= self.real_pairs < self.batch_size:
            raise _refusal("real-pairs", self.real_pairs, "1 and less than --batch-size is")

    def _check_count(self, option: str, given: int) -> None:
        if not 1 <= given < _OFTEN:
            raise _refusal(option, given, "1 and more are")

    @property
    def height(self) -> int:
        """Rows that frames are brought to, px."""
        return parse_network_size(self.size)[0]

    @property
    def columns(self) -> int:
        """Columns that frames are brought to, px."""
        return parse_network_size(self.size)[1]

    @property
    def rate(self) -> float:
        """The learning rate, the highest where it changes.

        The reference system's is 2.5e-7 from published weights; FlowNetS' usual one, which it has
        unused, is 1e-4.
        """
        if self.learning_rate is not None:
            return self.learning_rate
        return _SCRATCH_RATE[self.schedule] if self.weights is None else _TUNING_RATE

    def resolved_steps(self, pairs: int) -> int:
        """Steps in an epoch of a run over so many pairs."""
        return self.steps_per_epoch or -(-pairs // self.batch_size)

    def defining(self) -> dict[str, Any]:
        """What the trained network depends on beside the data, as ``config.json`` holds it.

        With a constant learning rate, a run may be made longer; its other epochs stay the same.
        """
        fields = {name: getattr(self, name) for name in _DEFINING}
        fields["learning_rate"] = self.rate
        fields["stride"] = "-".join(map(str, self.stride))
        fields["fractions"] = ",".join(map(str, self.fractions))
        if self.schedule != "paper":
            fields["epochs"] = self.epochs
        if self.network == "face":
            given = {"real": self.real, "backgrounds": self.backgrounds}
            fields |= {name: path and str(path.absolute()) for name, path in given.items()}
            fields["real_pairs"] = self.real_pairs
        return fields


def parse_network_size(text: str) -> Size:
    """``HxW`` as (H, W), both multiples of 64.

    Raises
    ------
    ConfigError
        Anything else.

    Examples
    --------
    >>> parse_network_size("192x256")
    (192, 256)
    """
    parts = text.lower().split("x")
    if len(parts) == 2 and all(part.isascii() and part.isdigit() for part in parts):
        height, width = (int(part[:5]) for part in parts)
        if all(0 < side <= LONGEST_SIDE and side % SIDE_STEP == 0 for side in (height, width)):
            return height, width
    raise _refusal("size", repr(text), f"HxW of multiples of {SIDE_STEP}, as 192x256, is")


def parse_stride(text: str) -> tuple[int, int]:
    """``N`` or ``N-M``, frames.

    Raises
    ------
    ConfigError
        Anything else.

    Examples
    --------
    >>> parse_stride("2"), parse_stride("1-4")
    ((2, 2), (1, 4))
    """
    parts = text.split("-")
    if len(parts) <= 2 and all(p.isascii() and p.isdigit() and len(p) < 10 for p in parts):
        return int(parts[0]), int(parts[-1])
    raise _refusal("stride", repr(text), "N, or N-M for any from N to M, is")


def parse_fractions(text: str) -> tuple[float, ...]:
    """Shares with commas between.

    Raises
    ------
    ConfigError
        Anything else.

    Examples
    --------
    >>> parse_fractions("0.8,0.1,0.1")
    (0.8, 0.1, 0.1)
    """
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError as error:
        raise _refusal("fractions", ascii(text), "0.8,0.1,0.1 is") from error


def _refusal(option: str, given: object, taken: str) -> ConfigError:
    return ConfigError(f"--{option.replace('_', '-')} {given} is not taken: {taken}")
