"""dlib's frontal face detector, run where a face may be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from faceflow.landmarks.embedded.model import Model, Rectangle
from faceflow.landmarks.embedded.pyramid import RATIO, Patch, level_patch, level_sizes, level_step
from faceflow.opencv import cv2
from faceflow.types import Image, Size

SURE = 0.32
"""A score from which on a window is a face without doubt; see `detector.confidence`."""

_CELL = 8  # windows begin at multiples of this, in pixels of their level
_WINDOW = 10  # cells
_INSET, _BOX = 5, 73  # where a window's box begins, and how large it is, in pixels of its level
_REACH = 2  # cells from where the face was
_FRINGE = 2  # cells around a window that its score depends on
_MOST_PIXELS = 2**19

# In dlib's stored detector: at most 1000 levels, none under 64x64; in its place, one level.
_ALL_LEVELS, _ONE_LEVEL = bytes.fromhex("02e803 0140 0140"), bytes.fromhex("0101 0140 0140")


class Window(NamedTuple):
    """Where the detector sees a face."""

    box: Rectangle
    """In pixels of the image, as dlib's predictor wants it."""

    score: float


class Scanner:
    """dlib's detector; not for several threads at a time.

    Looking everywhere is dlib's own call. Looking around a face's last place is the same search cut
    down to the windows that come into question: the same windows are compared, on patches of three
    levels of the pyramid.
    """

    def __init__(self, model: Model) -> None:
        self._dlib = model.dlib
        self._pyramid = model.dlib.pyramid_down(6)
        self._detector = _detector(model, model.detector_state)
        once = model.detector_state.count(_ALL_LEVELS) == 1  # else slower, with the same result
        state = model.detector_state.replace(_ALL_LEVELS, _ONE_LEVEL) if once else None
        self._one_level = self._detector if state is None else _detector(model, state)

    def find(self, image: Image) -> list[Window]:
        """Every face of an image.

        Images over 2**19 pixels are looked at reduced; whole where that shows no face for sure.

        Parameters
        ----------
        image
            (H, W, 3) uint8, blue-green-red.
        """
        sizes = level_sizes((image.shape[0], image.shape[1]))
        fitting = (k for k, (H, W) in enumerate(sizes) if H * W <= _MOST_PIXELS)
        level = next(fitting, len(sizes) - 1)
        windows = self._find(image, level, sizes[level])
        if level == 0 or any(window.score >= SURE for window in windows):
            return windows
        return self._find(image, 0, sizes[0])

    def _find(self, image: Image, level: int, size: Size) -> list[Window]:
        H, W = size
        boxes, scores, _ = self._detector.run(_rgb(image, level, Patch(0, 0, W, H)), 0, 0.0)
        return [self._window(b, level, s) for b, s in zip(boxes, scores, strict=True)]

    def follow(self, image: Image, box: Rectangle) -> Window | None:
        """The face that was at `box` in the frame before.

        Parameters
        ----------
        image
            (H, W, 3) uint8, blue-green-red, of the size of the frame before.
        box
            In pixels of the image.

        Returns
        -------
        window
            The best; None if there is none, or if a better one may lie beyond the search.
        """
        last = len(level_sizes((image.shape[0], image.shape[1]))) - 1
        level = min(max(round(math.log(box.width() / _BOX, RATIO)), 0), last)
        levels = range(max(level - 1, 0), min(level + 1, last) + 1)
        found = [found for level in levels for found in self._around(image, box, level)]
        if any(distance == _REACH and window.score >= SURE for window, distance in found):
            return None
        return max((window for window, _ in found), key=lambda w: w.score, default=None)

    def _around(self, image: Image, box: Rectangle, level: int) -> Iterator[tuple[Window, int]]:
        """The faces of one level near `box`, and how many cells each is away from it."""
        H, W = level_sizes((image.shape[0], image.shape[1]))[level]
        step_x, step_y = level_step((image.shape[0], image.shape[1]), level)
        column = _cell((box.left() + box.right()) / 2 / step_x)
        row = _cell((box.top() + box.bottom()) / 2 / step_y)
        (left, right), (top, bottom) = _span(column, W), _span(row, H)
        if left >= right or top >= bottom:
            return
        patch = _rgb(image, level, Patch(left, top, right, bottom))
        boxes, scores, _ = self._one_level.run(patch, 0, 0.0)
        for seen, score in zip(boxes, scores, strict=True):
            place = self._dlib.translate_rect(seen, self._dlib.point(left, top))
            across, down = _begin(place.left()) - column, _begin(place.top()) - row
            distance = max(abs(across), abs(down))
            if distance <= _REACH and seen.width() == _BOX:
                yield self._window(place, level, score), distance

    def _window(self, box: Rectangle, level: int, score: float) -> Window:
        return Window(self._pyramid.rect_up(box, level) if level else box, score)


def _rgb(image: Image, level: int, patch: Patch) -> Image:
    """A patch as dlib wants it: of two channels equally steep the detector takes the first."""
    converted = cv2.cvtColor(level_patch(image, level, patch), cv2.COLOR_BGR2RGB)
    return converted.astype(np.uint8, copy=False)


def _cell(centre: float) -> int:
    """The cell at which a window begins whose box has this centre."""
    return round((centre - _BOX / 2 - _INSET) / _CELL)


def _begin(edge: int) -> int:
    """The cell at which a window begins whose box begins here."""
    return (edge - _INSET) // _CELL


def _span(cell: int, length: int) -> tuple[int, int]:
    """What has to be seen of an axis to score the windows within reach."""
    around = _REACH + _FRINGE
    return max(0, _CELL * (cell - around)), min(length, _CELL * (cell + _WINDOW + around))


def _detector(model: Model, state: bytes) -> Any:
    kind = model.dlib.fhog_object_detector
    detector = kind.__new__(kind)
    detector.__setstate__((state,))
    return detector
