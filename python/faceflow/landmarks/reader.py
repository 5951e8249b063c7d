"""What says what is in the frames of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from faceflow.landmarks.face import Found
from faceflow.sequences import SequenceFolder


class FrameReader(Protocol):
    """Reads what was found in a sequence's frames. It can be sent to other processes."""

    @property
    def several(self) -> bool:
        """Whether a frame may have several faces, or less than sure ones, to choose from."""

    def read(self, numbers: range) -> list[Found]:
        """What is in some of the frames, by their numbers in the sequence."""


Reader: TypeAlias = Callable[[SequenceFolder], FrameReader]
"""Gives a sequence's reader."""
