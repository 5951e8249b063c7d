"""The page, or the picture, of two flow files beside each other."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from faceflow.errors import ConfigError
from faceflow.evaluate.compare import Comparison
from faceflow.evaluate.page_tables import COLUMNS, spelled, text_of
from faceflow.evaluate.stats import Stats
from faceflow.files import StrPath, atomic_write, shown
from faceflow.flow.metrics import endpoint_error
from faceflow.images import encode_image
from faceflow.report import charts
from faceflow.report.arrows import arrows_path
from faceflow.report.errors import error_picture, error_ramp, ramp_image
from faceflow.report.histogram import Histogram
from faceflow.report.lettering import write
from faceflow.report.pair import lengths
from faceflow.report.pictures import flow_picture, inside, wheel, wheel_image
from faceflow.report.template import render
from faceflow.types import AnyArray, Image

PAGE_SUFFIX, PICTURE_SUFFIX = ".html", ".png"

_LONGEST = 720
"""Of a picture's sides on the page."""
_COLUMNS = [(key, title) for key, title in COLUMNS if key != "photometric"]

_TILE = 360
"""Least width of a tile of the picture."""
_GAP, _LINE, _WHEEL = 12, 24, 64
_SCALE = 0.5
_WHITE, _PALE, _DARK = (255, 255, 255), (205, 205, 205), (51, 35, 27)


class _Seen(NamedTuple):
    """What is drawn of a comparison."""

    prediction: Image
    truth: Image
    error: Image
    errors: AnyArray
    """(H, W) float64, px."""
    full: float
    """Length of full colour and of the brightest error, px: that of the longest true vector."""

    @classmethod
    def of(cls, comparison: Comparison) -> _Seen:
        full = float(lengths(comparison.truth).max(initial=0.0)) or 1.0
        errors = endpoint_error(comparison.prediction, comparison.truth, per_pixel=True)
        return cls(
            flow_picture(comparison.prediction, full),
            flow_picture(comparison.truth, full),
            error_picture(errors, full),
            errors,
            full,
        )


def write_comparison(comparison: Comparison, out: StrPath) -> None:
    """Write a page (.html, everything inside) or a picture (.png).

    Parameters
    ----------
    comparison
        What to show.
    out
        The file; its suffix says which.

    Raises
    ------
    ConfigError
        Another suffix.
    OSError
        The file cannot be written.
    """
    suffix = Path(out).suffix.lower()
    if suffix == PICTURE_SUFFIX:
        atomic_write(out, encode_image(_sheet(comparison), PICTURE_SUFFIX))
    elif suffix == PAGE_SUFFIX:
        atomic_write(out, render("compare.html.j2", **_context(comparison)).encode())
    else:
        raise ConfigError(f"--out {shown(out)} is not taken: a name in .html or .png is")


def _context(comparison: Comparison) -> dict[str, Any]:
    seen = _Seen.of(comparison)
    a, b = comparison.names
    H, W = comparison.truth.shape[:2]
    spread = Histogram()
    spread.add(seen.errors[~np.isnan(seen.errors)])
    rows = {"all pixels": comparison.stats}
    rows |= {spelled(name): stats for name, stats in comparison.by_magnitude.items()}
    return {
        "title": f"{a} beside {b}",
        "comparison": comparison,
        "size": f"{H} x {W} (height x width)",
        "full": charts.number(seen.full),
        "wheel": wheel(),
        "ramp": error_ramp(),
        "box": f"-0.5 -0.5 {W} {H}",
        "fields": [
            (inside(picture, caption, _LONGEST), arrows)
            for picture, caption, arrows in (
                (
                    seen.prediction,
                    f"prediction: {a}",
                    arrows_path(comparison.prediction, seen.full),
                ),
                (seen.truth, f"ground truth: {b}", arrows_path(comparison.truth, seen.full)),
                (seen.error, "end-point error", ""),
            )
        ],
        "columns": _COLUMNS,
        "rows": [(name, stats.pixels, _texts(stats)) for name, stats in rows.items()],
        "errors": charts.histogram_chart(spread, "pixels"),
        "histogram_size": charts.HISTOGRAM_SIZE,
    }


def _texts(stats: Stats) -> list[str]:
    values = stats.as_json()
    return [text_of(key, values[key]) for key, _ in _COLUMNS]


def _sheet(comparison: Comparison) -> Image:
    """Prediction, truth and error side by side, and below them what colours mean."""
    seen = _Seen.of(comparison)
    a, b = comparison.names
    stats = comparison.stats.as_json()
    epe, aae, fl = (text_of(key, stats[key]) for key in ("epe", "aae", "fl"))
    tiles = [
        _tile(seen.prediction, f"prediction: {a}"),
        _tile(seen.truth, f"ground truth: {b}"),
        _tile(seen.error, f"error: EPE {epe} px, AAE {aae} deg, Fl {fl} %"),
    ]
    row = np.concatenate(tiles, axis=1)
    return np.concatenate([row, _legend(row.shape[1], charts.number(seen.full))], axis=0)


def _tile(picture: Image, title: str) -> Image:
    """A picture under its title, with a gap around both."""
    H, W = picture.shape[:2]
    times = math.ceil(_TILE / W)  # pixels stay as they are, each a square
    picture = picture.repeat(times, axis=0).repeat(times, axis=1)
    height, width = H * times, W * times
    tile = np.full((height + _LINE + 2 * _GAP, width + _GAP, 3), _WHITE, np.uint8)
    write(tile, title, (_GAP // 2, _GAP + _LINE - 10), width, _DARK, _SCALE)
    top, left = _GAP + _LINE, _GAP // 2
    tile[top - 1 : top + height + 1, left - 1 : left + width + 1] = _PALE  # around a white one
    tile[top : top + height, left : left + width] = picture
    return tile


def _legend(width: int, full: str) -> Image:
    strip = np.full((_WHEEL + _GAP, width, 3), _WHITE, np.uint8)
    disc, within = wheel_image(_WHEEL)
    left = _GAP // 2
    strip[:_WHEEL, left : left + _WHEEL][within] = disc[within]
    left += _WHEEL + _GAP
    room = width - left - _GAP
    write(strip, f"flow: colour is direction, full at {full} px", (left, 20), room, _DARK, _SCALE)
    strip[34:44, left : left + 160] = ramp_image(160, 10)
    write(strip, f"error: 0 to {full} px", (left + 172, 44), room - 172, _DARK, _SCALE)
    write(strip, "black: unknown, or does not count", (left, 62), room, _DARK, _SCALE)
    return strip
