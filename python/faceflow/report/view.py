"""One flow field looked at: a small page, or a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceflow.dataset.recordfile import RecordFile
from faceflow.errors import ConfigError, DatasetError, FaceflowError
from faceflow.files import StrPath, atomic_write, shown
from faceflow.flowio import read_flow
from faceflow.images import encode_image
from faceflow.report import charts
from faceflow.report.histogram import Histogram
from faceflow.report.pair import (
    apply_mask,
    difference,
    lengths,
    read_pair_frames,
    warped_back,
)
from faceflow.report.pictures import flow_picture, inside, wheel
from faceflow.report.template import render
from faceflow.report.tree import MadePair, Tree
from faceflow.types import Flow, Image

PAGE_SUFFIX, PICTURE_SUFFIX = ".html", ".png"

_GAP = 6
_BACKGROUND = 255


@dataclass(frozen=True)
class FlowView:
    """A flow field, and the frames that it lies between where they are known."""

    title: str
    flow: Flow
    """NaN where nothing is known."""
    motion: Histogram
    pair: MadePair | None
    """Its place in a dataset."""
    frames: tuple[Image, Image] | None
    problem: str | None
    """Why there are no frames though it is of a dataset."""


def open_view(path: Path, negated: bool = False, images: bool = True) -> FlowView:
    """Read a flow file and, where it lies in a dataset of ours, its mask and frames.

    Parameters
    ----------
    path
        A .flo, KITTI .png, .npz or .pfm.
    negated
        It holds minus the flow, as files of the reference system do.
    images
        Whether frames are wanted.

    Raises
    ------
    ConfigError
        There is no such file.
    FlowFileError
        It is no flow file, or damaged.
    """
    if not path.exists():
        raise ConfigError(f"PATH {shown(path)} is not there")
    flow = read_flow(path, negated=negated)
    pair, frames, problem = _pair_of(path), None, None
    try:
        if pair is not None:
            apply_mask(pair, flow)
        if pair is not None and images:
            frames = read_pair_frames(pair)
            warped_back(frames[1], flow)
    except FaceflowError as error:
        frames, problem = None, str(error)
    motion = Histogram()
    motion.add(lengths(flow))
    title = shown(path.name) if pair is None else pair.title
    return FlowView(title, flow, motion, pair, frames, problem)


def _pair_of(path: Path) -> MadePair | None:
    """The pair whose flow file it is."""
    where = path.resolve()
    folder, subject = where.parent, where.parent.parent
    if not folder.name.startswith("flow_"):
        return None
    try:
        tree = Tree.open(subject.parent)
        layout = tree.layout(subject.name, folder.name.removeprefix("flow_"))
        pairs = tree.made_pairs(layout, RecordFile(layout.record))
        return next((pair for pair in pairs if layout.flow(pair.name) == where), None)
    except DatasetError:
        return None


def write_view(view: FlowView, out: StrPath, max_flow: float | None = None) -> None:
    """Write a page (.html, everything inside) or a picture (.png).

    Parameters
    ----------
    view
        What to show.
    out
        The file; its suffix says which.
    max_flow
        Length of full colour, pixels; by default the longest vector's.

    Raises
    ------
    ConfigError
        Another suffix, or a `max_flow` that is not positive.
    OSError
        The file cannot be written.
    """
    if max_flow is not None and not (math.isfinite(max_flow) and max_flow > 0):
        raise ConfigError(f"--max-flow {max_flow} is not taken: more than 0 px is")
    suffix = Path(out).suffix.lower()
    if suffix == PICTURE_SUFFIX:
        atomic_write(out, encode_image(_sheet(view, max_flow), PICTURE_SUFFIX))
    elif suffix == PAGE_SUFFIX:
        atomic_write(out, render("view.html.j2", **_context(view, max_flow)).encode())
    else:
        raise ConfigError(f"--out {shown(out)} is not taken: a name in .html or .png is")


def _tiles(view: FlowView, max_flow: float | None) -> list[tuple[str, Image]]:
    """Caption and picture, blue-green-red."""
    drawn = flow_picture(view.flow, max_flow)
    if view.frames is None:
        return [("flow", drawn)]
    first, second = view.frames
    warped = warped_back(second, view.flow)
    left = difference(first, warped, view.flow)
    return [
        ("first frame", first),
        ("second frame", second),
        ("flow", drawn),
        ("second frame warped back onto the first", warped),
        ("difference of first and warped, 8x", np.dstack([left] * 3)),
    ]


def _sheet(view: FlowView, max_flow: float | None) -> Image:
    """The tiles side by side."""
    tiles = [tile for _, tile in _tiles(view, max_flow)]
    gap = np.full((tiles[0].shape[0], _GAP, 3), _BACKGROUND, np.uint8)
    return np.concatenate([part for tile in tiles for part in (gap, tile)][1:], axis=1)


def _context(view: FlowView, max_flow: float | None) -> dict[str, Any]:
    H, W = view.flow.shape[:2]
    return {
        "title": view.title,
        "problem": view.problem,
        "facts": {
            "size": f"{H} x {W} (height x width)",
            "pixels with flow": f"{view.motion.number:,} of {H * W:,}",
            "mean length": f"{charts.number(view.motion.mean)} px",
            "longest": f"{charts.number(view.motion.largest)} px",
        },
        "wheel": wheel(),
        "scale": charts.number(max_flow or view.motion.largest),
        "own_scale": max_flow is None,
        "pictures": [
            inside(tile, caption, None if caption == "flow" else max(tile.shape))
            for caption, tile in _tiles(view, max_flow)
        ],
        "lengths": charts.histogram_chart(view.motion, "pixels"),
        "histogram_size": charts.HISTOGRAM_SIZE,
    }
