"""A decoded frame as an image: one conversion, whatever the video's pixel format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceflow.types import Image

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter

# swscale's flags by their numbers, which not every PyAV has names for: bicubic, chroma interpolated
# at full width, rounded with care, the same bits on every processor.
_BICUBIC, _FULL_CHROMA, _ACCURATE, _BITEXACT = 0x4, 0x2000 | 0x4000, 0x40000, 0x80000
_FLAGS = _BICUBIC | _FULL_CHROMA | _ACCURATE | _BITEXACT


def as_image(frame: VideoFrame, reformatter: VideoReformatter) -> Image:
    """(H, W, 3) uint8 blue-green-red, by swscale; its matrix and range are the frame's own.

    The reformatter keeps what it made for frames of the same kind before.
    """
    converted = reformatter.reformat(frame, format="bgr24", interpolation=_FLAGS, threads=1)
    # A copy: PyAV lends the frame's memory, which is the decoder's where nothing was converted.
    return np.array(converted.to_ndarray(), np.uint8)
