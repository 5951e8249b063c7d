"""The contact sheet of a sequence: its frames at a glance, the doubtful ones framed in red."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from faceflow.annotate.thumbnail import draw_thumbnail
from faceflow.report.lettering import text_width, write
from faceflow.types import Image, Landmarks

_SIDE = 256
_GAP = 20
_FRAME = 4
_LINE = 20
_TITLE_HEIGHT = 64
_CELL = _SIDE + _GAP, _SIDE + _GAP + 2 * _LINE + 4  # width, height
_FEWEST_COLUMNS, _MOST_COLUMNS = 3, 12
_LANDSCAPE = 1.6

_TEXT_SCALE = 0.45
_TITLE_SCALE = 0.7

_WHITE = (255, 255, 255)
_EMPTY = (238, 238, 238)
_PALE = (128, 128, 128)
_DARK = (64, 64, 64)
_RED = (48, 40, 214)


class Tile(NamedTuple):
    """A frame on the sheet."""

    image: Image | None
    """(H, W, 3) uint8 blue-green-red; None where it cannot be read."""

    name: str
    landmarks: Landmarks | None
    """(N, 2) in pixels of the image."""

    confidence: float | None
    doubt: str | None
    """Why the frame is doubtful, in a few words; None where it is not."""


def chosen_for_sheet(doubtful: Sequence[bool], most: int = 120) -> list[int]:
    """Which frames are shown where there are too many: the doubtful ones, then every so many.

    Returns
    -------
    chosen
        At most `most` indices, in order.

    Examples
    --------
    >>> chosen_for_sheet([False, False, False, True, False, False, False], most=4)
    [0, 2, 3, 6]
    """
    doubts = [i for i, doubt in enumerate(doubtful) if doubt]
    others = [i for i, doubt in enumerate(doubtful) if not doubt]
    doubts = _thinned(doubts, most)
    return sorted(doubts + _thinned(others, most - len(doubts)))


def draw_sheet(tiles: Iterable[Tile], title: str) -> Image:
    """Draw frames side by side, each with its points, name and confidence.

    Tiles are taken one at a time, so that of a long sequence one image is in memory.

    Parameters
    ----------
    tiles
        The frames, in order; see `chosen_for_sheet`.
    title
        What stands on top, in one line.

    Returns
    -------
    sheet
        (H, W, 3) uint8 blue-green-red.

    Examples
    --------
    >>> import numpy as np
    >>> frame = Tile(np.zeros((480, 640, 3), np.uint8), "001", None, None, "no face")
    >>> draw_sheet([frame], "F001/T1: 1 frame, 0 ok, 1 doubtful").shape
    (384, 848, 3)
    """
    cells = [_draw_cell(tile) for tile in tiles]
    columns = math.ceil(math.sqrt(_LANDSCAPE * len(cells)))
    columns = min(max(columns, _FEWEST_COLUMNS), _MOST_COLUMNS)
    rows = math.ceil(len(cells) / columns)
    width, height = _CELL
    sheet = _blank(_TITLE_HEIGHT + rows * height, columns * width + _GAP)
    write(sheet, title, (_GAP, 42), sheet.shape[1] - 2 * _GAP, _DARK, _TITLE_SCALE)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        top, left = _TITLE_HEIGHT + row * height, _GAP // 2 + column * width
        sheet[top : top + height, left : left + width] = cell
    return sheet


def _thinned(items: list[int], most: int) -> list[int]:
    """At most so many of the items, evenly spaced, with the first and the last."""
    if len(items) <= most:
        return items
    return [items[i * (len(items) - 1) // max(most - 1, 1)] for i in range(most)]


def _blank(height: int, width: int) -> Image:
    return np.full((height, width, 3), _WHITE, np.uint8)


def _draw_cell(tile: Tile) -> Image:
    width, height = _CELL
    cell = _blank(height, width)
    left = top = _GAP // 2
    if tile.doubt is not None:
        frame = cell[top - _FRAME : top + _SIDE + _FRAME, left - _FRAME : left + _SIDE + _FRAME]
        frame[:] = _RED
    _draw_picture(cell[top : top + _SIDE, left : left + _SIDE], tile)
    baseline = top + _SIDE + _LINE
    room = _SIDE
    if tile.confidence is not None:
        text = f"{tile.confidence:.2f}"
        room -= text_width(text, _TEXT_SCALE) + _GAP
        write(cell, text, (left + room + _GAP, baseline), _SIDE, _PALE, _TEXT_SCALE)
    write(cell, tile.name, (left, baseline), room, _DARK, _TEXT_SCALE)
    if tile.doubt is not None:
        write(cell, tile.doubt, (left, baseline + _LINE), _SIDE, _RED, _TEXT_SCALE)
    return cell


def _draw_picture(square: Image, tile: Tile) -> None:
    square[:] = _EMPTY
    if tile.image is None:
        text = "no image"
        left = (_SIDE - text_width(text, _TEXT_SCALE)) // 2
        write(square, text, (left, _SIDE // 2), _SIDE, _PALE, _TEXT_SCALE)
        return
    thumbnail = draw_thumbnail(tile.image, tile.landmarks, _SIDE)
    height, width = thumbnail.shape[:2]
    top, left = (_SIDE - height) // 2, (_SIDE - width) // 2
    square[top : top + height, left : left + width] = thumbnail
