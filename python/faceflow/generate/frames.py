"""Making frames: decode, resize, encode, record."""

from __future__ import annotations

from typing import NamedTuple

from faceflow.dataset.records import FrameRecord, status_of
from faceflow.errors import FrameError
from faceflow.files import atomic_write
from faceflow.generate.plan import FrameLandmarks, SequencePlan
from faceflow.images import encode_image, read_image, resize_image
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import encode_image_csv
from faceflow.types import Image, Landmarks


class MadeFrame(NamedTuple):
    """A frame, as its pairs need it."""

    record: FrameRecord
    landmarks: Landmarks | None
    """In pixels of the output; None where the record says why there are none."""


class FrameMaker:
    """Makes the frames of one sequence.

    Raises
    ------
    OSError
        An output cannot be written.
    """

    def __init__(self, plan: SequencePlan) -> None:
        self.plan = plan
        self._last: tuple[int, Image] | None = None

    def make(self, number: int, known: FrameLandmarks, write: bool) -> MadeFrame:
        """Look at a frame, and write its image and landmarks unless another part does."""
        name = self.plan.name(number)
        try:
            landmarks = self._make(number, name, known, write)
            return MadeFrame(FrameRecord(name, confidence=known.confidence), landmarks)
        except FrameError as error:
            confidence = known.confidence if error is known.error else None
            status = status_of(error.reason)
            record = FrameRecord(name, status, error.reason, error.detail, confidence)
            return MadeFrame(record, None)

    def _make(self, number: int, name: str, known: FrameLandmarks, write: bool) -> Landmarks:
        plan = self.plan
        image = read_image(plan.folder.folder / plan.folder.images[number])
        size = image.shape[0], image.shape[1]
        if write:
            # A frame of a plan that found no readable one has become readable since: its own size
            # serves.
            resized = resize_image(image, plan.size or size)
            self._last = number, resized
            encoded = encode_image(resized, f".{plan.layout.image_format}")
            atomic_write(plan.layout.image(name), encoded)
        if size != plan.source_size:
            raise FrameError("size_changed", _sizes(size, plan.source_size))
        landmarks = known.landmarks()
        if write:
            csv = encode_image_csv([Face(landmarks, known.confidence)])
            atomic_write(plan.layout.landmarks(name), csv)
        return landmarks

    def resized(self, number: int) -> Image:
        """A good frame's image, in the size of the output."""
        if self._last is None or self._last[0] != number:
            plan = self.plan
            image = read_image(plan.folder.folder / plan.folder.images[number])
            self._last = number, resize_image(image, plan.size or image.shape[:2])
        return self._last[1]


def _sizes(found: tuple[int, int], usual: tuple[int, int] | None) -> str:
    others = "none could be read" if usual is None else f"{usual[0]}x{usual[1]}"
    return f"the frame is {found[0]}x{found[1]} (HxW), the frames before it {others}"
