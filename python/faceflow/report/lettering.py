"""Text in a picture."""

from __future__ import annotations

from bisect import bisect_right

from faceflow.opencv import cv2
from faceflow.types import Image

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def write(
    picture: Image,
    text: str,
    baseline: tuple[int, int],
    room: int,
    colour: tuple[int, int, int],
    scale: float,
) -> None:
    """Write one line; where it is too wide, as much of its two ends as fits.

    Parameters
    ----------
    picture
        (H, W, 3) uint8, written to.
    text
        What is not printable ASCII is escaped.
    baseline
        (x, y) of its left end, pixels.
    room
        How wide it may be, pixels.
    colour
        In the order of the picture's channels.
    scale
        Of OpenCV's font, whose capitals are about 22 px high.
    """
    text = _fitted(_escaped(text), room, scale)
    cv2.putText(picture, text, baseline, _FONT, scale, colour, 1, cv2.LINE_AA)


def text_width(text: str, scale: float) -> int:
    """How wide a line is, pixels."""
    return int(cv2.getTextSize(text, _FONT, scale, 1)[0][0])


def _escaped(text: str) -> str:
    # OpenCV 4 draws ASCII only, OpenCV 5 what its font has: so both draw the same.
    drawn = [c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text]
    return "".join(drawn)


def _fitted(text: str, room: int, scale: float) -> str:
    """The text or, where it is wider than the room, as much of its two ends as fits."""
    if text_width(text, scale) <= room:
        return text

    def shortened(kept: int) -> str:
        return f"{text[: (kept + 1) // 2]}...{text[len(text) - kept // 2 :]}"

    too_many = bisect_right(range(len(text)), room, key=lambda n: text_width(shortened(n), scale))
    return shortened(max(too_many - 1, 0))
