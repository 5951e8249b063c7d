"""What a detector is: a source that looks at the images itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from faceflow.execute.work import Work
from faceflow.landmarks.face import Found
from faceflow.sequences import SequenceFolder


class Frame(NamedTuple):
    """An image that a detector is to look at."""

    image: Path
    key: bytes
    """What its result is kept under: the SHA-256 of all that it depends on."""


class FrameFound(NamedTuple):
    """What a detector found in a frame."""

    frame: Frame
    found: Found


class Wanted(NamedTuple):
    """A sequence of which some frames' faces are not known yet."""

    folder: SequenceFolder
    frames: tuple[Frame, ...]
    """All whose files can be read, in order."""

    missing: frozenset[int]
    """The numbers in `frames` of those that are not known; at least one."""


class Detector(Protocol):
    """Finds faces in sequences of images, in pixels of the image as it is stored."""

    def versions(self) -> dict[str, str]:
        """What ``dataset.json`` says of it, by name."""

    def keys(self, digests: Sequence[bytes]) -> list[bytes]:
        """Each frame's key, from the digests of the contents of a sequence's images, in order.

        Frames with the same key have the same faces: what differs in anything that a frame's
        result depends on (settings, a program, the frames before it) has another key.
        """

    def works(
        self, sequences: Iterable[Wanted], stopped: Callable[[], bool]
    ) -> Iterator[Work[list[FrameFound]]]:
        """The work of finding what is missing.

        A part returns a list of `FrameFound` that are settled; the work returns those whose
        failure is final. Every frame that is missing is in one of them, once; others may be too.
        A part that was stopped settles what it has done, or nothing.
        """
