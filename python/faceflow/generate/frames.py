"""Making frames: decode, resize, encode, record."""

from __future__ import annotations

from faceflow.dataset.records import FrameRecord, status_of
from faceflow.errors import FrameError
from faceflow.generate.made import MadeFrame
from faceflow.generate.plan import FrameLandmarks, SequencePlan
from faceflow.images import encode_image, read_image, read_reduced, resize_image
from faceflow.types import Image, Size

_SOURCES = 4


class FrameMaker:
    """Makes the frames of one sequence."""

    def __init__(self, plan: SequencePlan) -> None:
        self.plan = plan
        self._last: tuple[int, Image] | None = None
        self._sources: dict[int, Image] = {}

    def make(self, number: int, known: FrameLandmarks, own: bool) -> MadeFrame:
        """Look at a frame; encode its image unless another unit keeps it."""
        name = self.plan.name(number)
        encoded: bytes | None = None
        try:
            image, size = self._read(number)
            if own:
                encoded = self._encode(number, image)
            self._check_size(size)
            landmarks = known.landmarks()
        except FrameError as error:
            confidence = known.confidence if error is known.error else None
            status = status_of(error.reason)
            record = FrameRecord(name, status, error.reason, error.detail, confidence)
            return MadeFrame(number, record, None, encoded)
        return MadeFrame(number, FrameRecord(name, confidence=known.confidence), landmarks, encoded)

    def resized(self, number: int) -> Image:
        """A good frame's image, in the size of the output."""
        if self._last is None or self._last[0] != number:
            self._resize(number, self._read(number)[0])
        assert self._last is not None
        return self._last[1]

    def source(self, number: int) -> Image:
        """A frame's image in its own size; the last few are kept, for the pairs they are in."""
        image = self._sources.get(number)
        if image is None:
            folder = self.plan.folder
            image = self._keep_source(number, read_image(folder.folder / folder.images[number]))
        return image

    def _keep_source(self, number: int, image: Image) -> Image:
        self._sources[number] = image
        if len(self._sources) > _SOURCES:
            # The first frame of a sequence is in many pairs, with --from-first in all.
            del self._sources[
                next(n for n in self._sources if n or not self.plan.pairing.from_first)
            ]
        return image

    def _read(self, number: int) -> tuple[Image, Size]:
        """A frame, and its size as it is stored."""
        folder, size = self.plan.folder, self.plan.size
        path = folder.folder / folder.images[number]
        if self.plan.config.decode == "reduced" and size is not None and not folder.is_video:
            return read_reduced(path, size)
        image = read_image(path)
        if self.plan.config.measures_quality:
            self._keep_source(number, image)
        return image, (image.shape[0], image.shape[1])

    def _encode(self, number: int, image: Image) -> bytes:
        suffix = f".{self.plan.layout.image_format}"
        return encode_image(self._resize(number, image), suffix)

    def _resize(self, number: int, image: Image) -> Image:
        # A frame of a plan that found no readable one has become readable since: its own size
        # serves.
        resized = resize_image(image, self.plan.size or image.shape[:2])
        self._last = number, resized
        return resized

    def _check_size(self, size: Size) -> None:
        usual = self.plan.source_size
        if size != usual:
            others = "none could be read" if usual is None else f"{usual[0]}x{usual[1]}"
            found = f"the frame is {size[0]}x{size[1]} (HxW), the frames before it {others}"
            raise FrameError("size_changed", found)
