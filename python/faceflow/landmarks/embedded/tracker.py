"""Faces from frame to frame: looked for where they were, everywhere only in doubt."""

from __future__ import annotations

from itertools import combinations

from faceflow.landmarks.embedded.model import Rectangle
from faceflow.landmarks.embedded.scanner import SURE, Scanner, Window
from faceflow.types import Image


class Tracker:
    """Follows everybody who was there when it last looked everywhere.

    It looks everywhere in the first frame, and wherever one of those who are followed is not seen
    for sure, two of them come to the same place, or the image has another size. Who comes in
    while the others stay is seen when it next does.
    """

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._boxes: list[Rectangle] = []
        self._shape: tuple[int, ...] = ()

    def look(self, image: Image) -> list[Window]:
        """The faces of the next frame, (H, W, 3) uint8, blue-green-red."""
        windows = self._followed(image) if image.shape == self._shape else []
        if not windows:
            windows = self._scanner.find(image)
        self._boxes = [window.box for window in windows if window.score >= SURE]
        self._shape = image.shape
        return windows

    def _followed(self, image: Image) -> list[Window]:
        """Everybody, each for sure and by himself; else nobody."""
        windows = []
        for box in self._boxes:
            window = self._scanner.follow(image, box)
            if window is None or window.score < SURE:
                return []
            windows.append(window)
        pairs = combinations([window.box for window in windows], 2)
        return [] if any(_coincide(a, b) for a, b in pairs) else windows


def _coincide(a: Rectangle, b: Rectangle) -> bool:
    return bool(2 * a.intersect(b).area() > min(a.area(), b.area()))
