"""One picture of what the demo made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceflow.dataset.layout import PairName, SequenceLayout
from faceflow.dataset.records import read_record
from faceflow.images import read_image, resize_image
from faceflow.types import Image

_TILE = (256, 192)
_GAP = 6
_BACKGROUND = 255


def draw_sheet(layouts: Sequence[SequenceLayout]) -> Image:
    """A row for each sequence: first frame, last frame, triangles and flow of its fastest pair.

    Returns
    -------
    sheet
        (H, W, 3) uint8 blue-green-red.
    """
    rows = [_join([resize_image(tile, _TILE) for tile in _tiles(layout)], 1) for layout in layouts]
    return _join(rows, 0)


def _tiles(layout: SequenceLayout) -> list[Image]:
    record = read_record(layout.record)
    fastest = max(record.pairs, key=lambda pair: pair.mean_px or 0.0)
    pair = PairName(fastest.first, fastest.second)
    return [
        read_image(layout.image(record.frames[0].name)),
        read_image(layout.image(record.frames[-1].name)),
        read_image(layout.mesh_picture(pair)),
        read_image(layout.flow_picture(pair)),
    ]


def _join(tiles: Sequence[Image], axis: int) -> Image:
    shape = list(tiles[0].shape)
    shape[axis] = _GAP
    gap = np.full(shape, _BACKGROUND, np.uint8)
    parts = [part for tile in tiles for part in (gap, tile)][1:]
    return np.concatenate(parts, axis=axis)
