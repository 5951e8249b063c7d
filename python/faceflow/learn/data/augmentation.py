"""How examples are varied."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Augmentation:
    """Ranges that each example draws from; as it stands nothing is varied."""
