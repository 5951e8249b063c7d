"""Making frames of one photograph."""

from __future__ import annotations

from functools import cached_property

from faceflow.flow.render import Renderer
from faceflow.generate.frames import FrameMaker
from faceflow.generate.made import MadeFrame
from faceflow.generate.plan import FrameLandmarks
from faceflow.images import read_image, resize_image
from faceflow.truth.variation import vary
from faceflow.types import Image, Size


class RenderedFrames(FrameMaker):
    """Makes the frames of one sequence whose plan has a photograph.

    A frame without landmarks, of which no pair is made, shows the photograph as it is.
    """

    _given: tuple[int, FrameLandmarks] | None = None

    def make(self, number: int, known: FrameLandmarks, own: bool) -> MadeFrame:
        """Look at a frame's landmarks; render its image unless another unit keeps it."""
        self._given = number, known
        return super().make(number, known, own)

    def source(self, number: int) -> Image:
        """A frame's image in the size of the output: it has no other."""
        image = self._sources.get(number)
        return self._keep_source(number, self.resized(number).copy()) if image is None else image

    def _read(self, number: int) -> tuple[Image, Size]:
        return self._photograph

    @cached_property
    def _photograph(self) -> tuple[Image, Size]:
        """In the size of the output, which is what is rendered from; and the size it is stored in.

        Rendered from all of its pixels, frames would be sharper or coarser than the first one,
        which is the photograph resized, and differ from it by twice as much.
        """
        assert self.plan.photograph is not None
        image = read_image(self.plan.photograph)
        stored = image.shape[0], image.shape[1]
        return resize_image(image, self.plan.size or stored), stored

    @cached_property
    def _renderer(self) -> Renderer:
        rendering = self.plan.rendering
        assert rendering is not None
        photograph, _ = self._photograph
        return Renderer(photograph, rendering.first, rendering.size, rendering.triangles)

    def _resize(self, number: int, image: Image) -> Image:
        rendering, known = self.plan.rendering, self._known(number)
        if rendering is not None and known.error is None and number != rendering.number:
            image = self._renderer.render(known.landmarks())
            image = vary(image, rendering.options.variations, (rendering.seed, number))
        self._last = number, image
        if self.plan.config.measures_quality:
            self._keep_source(number, image.copy())  # whose memory the next one is rendered into
        return image

    def _known(self, number: int) -> FrameLandmarks:
        if self._given is None or self._given[0] != number:
            (known,) = self.plan.landmarks(range(number, number + 1))
            return known
        return self._given[1]
