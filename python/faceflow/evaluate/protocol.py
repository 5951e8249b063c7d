"""At which size, and where, methods look and are scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from faceflow.dataset.reader import Sample
from faceflow.flow.resize import resize_flow
from faceflow.images import resize_image
from faceflow.landmarks.box import crop_box
from faceflow.types import Flow, Size

PAPER_SIZE: Size = (192, 256)
"""(H, W) of the network's full prediction, at which the paper scores."""

PAPER_MARGIN = 10
"""px, round the landmarks."""


class View(Protocol):
    """A pair as a protocol shows it."""

    @property
    def seen(self) -> Sample:
        """What methods look at."""

    @property
    def scored(self) -> Sample:
        """What they are scored on."""

    def cut(self, flow: Flow) -> Flow:
        """The part of a field of the whole frame that methods look at."""

    def brought(self, flow: Flow) -> Flow:
        """A field of what methods look at, as it is scored."""


@dataclass(frozen=True)
class SourceView:
    """The dataset's own size, and its validity."""

    whole: Sample

    @property
    def seen(self) -> Sample:
        """See `View`."""
        return self.whole

    @property
    def scored(self) -> Sample:
        """See `View`."""
        return self.whole

    def cut(self, flow: Flow) -> Flow:
        """See `View`."""
        return flow

    def brought(self, flow: Flow) -> Flow:
        """See `View`."""
        return flow


@dataclass(frozen=True)
class PaperView:
    """The published protocol: the face's box, at one size, no mask.

    Methods look at the box of the first frame's landmarks and 10 px round it, in the frame's own
    pixels. What is scored is resized to 192x256, all fields with their vectors, so that there is
    one scale: pixels of that grid. All of its pixels count, and flow that is not known is 0.
    """

    seen: Sample
    box: tuple[slice, slice]

    @classmethod
    def of(cls, whole: Sample) -> PaperView:
        """Cut the box out of a sample.

        Raises
        ------
        ArrayError
            It has no pixel in the frame.
        """
        H, W = whole.valid.shape
        found = crop_box(whole.landmarks[0], (H, W), PAPER_MARGIN)
        box, corner = found.part, (found.left, found.top)
        seen = whole._replace(
            frames=whole.frames[:, *box],
            flow=_filled(np.where(whole.valid[box][..., None], whole.flow[box], np.nan)),
            valid=np.ones_like(whole.valid[box]),
            landmarks=whole.landmarks - corner,
        )
        return cls(seen, box)

    @property
    def scored(self) -> Sample:
        """See `View`."""
        scale = np.divide(PAPER_SIZE[::-1], self.seen.valid.shape[::-1])
        return self.seen._replace(
            frames=np.stack([resize_image(frame, PAPER_SIZE) for frame in self.seen.frames]),
            flow=self.brought(self.seen.flow),
            valid=np.ones(PAPER_SIZE, np.bool_),
            landmarks=(self.seen.landmarks + 0.5) * scale - 0.5,
        )

    def cut(self, flow: Flow) -> Flow:
        """See `View`."""
        return _filled(flow[self.box])

    def brought(self, flow: Flow) -> Flow:
        """See `View`."""
        return resize_flow(flow, PAPER_SIZE)


def make_view(protocol: str, sample: Sample) -> View:
    """The sample under ``source`` or ``paper``."""
    return PaperView.of(sample) if protocol == "paper" else SourceView(sample)


def _filled(flow: Flow) -> Flow:
    return np.where(np.isfinite(flow), flow, np.float32(0)).astype(np.float32)
