"""Pairs of whatever dataset: what an audit asks of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from faceflow.types import Flow, Image, Landmarks


class Loaded(NamedTuple):
    """A pair that was read."""

    first: Image
    second: Image
    """(H, W, 3) uint8, blue-green-red."""
    flow: Flow
    """(H, W, 2) float32, NaN where it is no ground truth."""
    landmarks: tuple[Landmarks, Landmarks] | None = None
    """Of the face in both frames; None where the dataset has none."""


@dataclass(frozen=True)
class Pair(ABC):
    """A pair with flow."""

    sequence: str
    first: str
    second: str
    place: int
    """Among the pairs of its sequence, from 0."""

    @property
    def title(self) -> str:
        """On one line."""
        return f"{self.sequence}  {self.first} → {self.second}"

    @property
    def apart(self) -> int:
        """How many frames the second is from the first."""
        return 1

    @property
    def flipped(self) -> int | None:
        """Triangles that turn over, where that is known."""
        return None

    @abstractmethod
    def load(self) -> Loaded:
        """Read it.

        Raises
        ------
        FaceflowError
            A file is damaged or not there.
        """


class PairsOf(ABC):
    """A dataset as an audit sees it."""

    kind: str
    """What it is, in words."""

    @abstractmethod
    def sequences(self) -> Iterator[tuple[str, Iterator[Pair]]]:
        """Each sequence, in natural order, with its pairs in order.

        Pairs raise `DatasetError` where their sequence cannot be read.
        """
