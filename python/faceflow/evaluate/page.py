"""The page of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceflow.evaluate import gallery, page_tables, plots
from faceflow.evaluate.run import Look
from faceflow.files import StrPath, atomic_write, shown
from faceflow.report.curves import CURVES_SIZE
from faceflow.report.errors import error_ramp
from faceflow.report.pictures import wheel
from faceflow.report.template import render


def write_page(results: Mapping[str, Any], look: Look, path: StrPath, images: bool) -> None:
    """Write the page of an evaluation, everything inside.

    Parameters
    ----------
    results
        What ``results.json`` holds.
    look
        Takes a method and a pair's names and gives the pair (`faceflow.dataset.reader.Sample`) and
        what the method makes of it, (H, W, 2) float32. What it raises, the page says. It is called
        by several threads.
    path
        The page.
    images
        Whether faces may be seen.

    Raises
    ------
    OSError
        It cannot be written.
    """
    methods = [_method(results, place, name) for place, name in enumerate(results["methods"])]
    context = {
        "title": f"Evaluation on {shown(str(results['dataset']))}",
        "results": results,
        "images": images,
        "methods": methods,
        "styles": {name: m["style"] for name, m in zip(results["methods"], methods, strict=True)},
        "columns": page_tables.COLUMNS,
        "overall": page_tables.overall(results),
        "metrics": page_tables.METRICS,
        "groups": page_tables.groups(results),
        "confidence": plots.confidence(results),
        "differences": plots.differences(results) if results["versus"] else [],
        "spectra": plots.spectra(results),
        "curves_size": CURVES_SIZE,
        "speed": plots.speed(results),
        "speed_size": plots.SPEED_SIZE,
        "judged": [m for m in methods if not m["is_truth"]],
        "plates": gallery.draw_plates(results, look, images),
        "wheel": wheel(),
        "ramp": error_ramp(),
    }
    atomic_write(path, render("evaluation.html.j2", **context).encode("utf-8", "backslashreplace"))


def _method(results: Mapping[str, Any], place: int, name: str) -> dict[str, Any]:
    """What is said of a method wherever it is named."""
    found = results["results"][name]
    return {
        "name": shown(name),
        "style": f"series s{place % 8}{' dashed' if place >= 8 else ''}",
        "pairs": found["pairs"],
        "milliseconds": page_tables.text_of("epe", found["seconds"] and 1000 * found["seconds"]),
        "is_truth": page_tables.is_truth(results, name),
    }
