"""What is compared, on what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceflow.dataset.split import PARTS
from faceflow.errors import ConfigError
from faceflow.files import shown

PROTOCOLS = ("source", "paper")


@dataclass(frozen=True)
class EvaluationOptions:
    """A comparison of methods on a dataset.

    Raises
    ------
    ConfigError
        No method, one given twice, or a word that is not taken.
    """

    data: Path
    """The dataset, of files or in shards."""
    methods: tuple[str, ...]
    """As typed: ``dis``, ``flo:DIR``."""
    protocol: str = "source"
    versus: str | None = None
    """The method that the others are compared with, one of `methods`."""
    part: str | None = None
    """Of the dataset's split."""
    subjects: str = "*"
    sequences: str = "*"
    limit: int | None = None
    """At most so many pairs, drawn by lot, always the same ones."""
    negated: bool = False
    """Whether files of ``flo:DIR`` hold minus the flow."""

    def __post_init__(self) -> None:
        if not self.methods:
            raise ConfigError("no method is given; --method dis, for one")
        for method in self.methods:
            if self.methods.count(method) > 1:
                raise ConfigError(f"--method {shown(method)} is given twice")
        _check("--protocol", self.protocol, PROTOCOLS)
        _check("--versus", self.versus, (None, *self.methods))
        _check("--part", self.part, (None, *PARTS))

    def as_json(self) -> dict[str, Any]:
        """What a run that is gone on with has to have in common."""
        return {
            "methods": list(self.methods),
            "protocol": self.protocol,
            "part": self.part,
            "subjects": self.subjects,
            "sequences": self.sequences,
            "limit": self.limit,
            "negated": self.negated,
        }


def _check(option: str, value: str | None, taken: Sequence[str | None]) -> None:
    if value not in taken:
        words = ", ".join(shown(word) for word in taken if word is not None)
        raise ConfigError(f"{option} {shown(value or '')} is not taken: {words} are")
