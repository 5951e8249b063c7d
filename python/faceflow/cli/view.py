"""``faceflow view``: a flow field, or a dataset's report, to look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from faceflow.cli.exits import DONE
from faceflow.cli.kernels import settle_kernels

HELP = """Show a flow file, or the report of a dataset.

PATH is a .flo, KITTI .png, .npz or .pfm: <name>_view.html in the current folder shows it in colours
and, where it lies in a dataset of faceflow's, beside its frames and the second one warped back.
Everything is inside the page; a name in .png for --out gives one picture instead.

PATH may also be a dataset, whose report.html is written if it is not there.

The path of the page is printed.
"""


def view(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Flow file, or dataset.")],
    out: Annotated[
        Path | None,
        typer.Option(help="FILE.html or FILE.png.  [default: <name>_view.html]"),
    ] = None,
    max_flow: Annotated[
        float | None,
        typer.Option(help="Pixels of full colour.  [default: the longest vector's]"),
    ] = None,
    negated: Annotated[
        bool, typer.Option("--negated", help="The file holds minus the flow (reference system).")
    ] = False,
    no_images: Annotated[
        bool, typer.Option("--no-images", help="Show no faces: flow and numbers only.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="What was written, and numbers, as one JSON object.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and show."""
    from faceflow.files import shown

    settle_kernels()
    if path.is_dir():
        facts = _view_dataset(path, out, max_flow, negated, no_images)
    else:
        facts = _view_flow(path, out, max_flow, negated, no_images)
    typer.echo(json.dumps(facts) if as_json else shown(str(facts["written"])))
    return DONE


def _view_dataset(
    path: Path, out: Path | None, max_flow: float | None, negated: bool, no_images: bool
) -> dict[str, object]:
    from faceflow.dataset.layout import report_path
    from faceflow.errors import ConfigError
    from faceflow.report.page import write_report

    if out is not None or max_flow is not None or negated:
        raise ConfigError("--out, --max-flow and --negated are for flow files, PATH is a folder")
    page = report_path(path)
    if no_images or not page.is_file():  # a page that is there may have faces
        page = write_report(path, images=not no_images)
    return {"written": str(page)}


def _view_flow(
    path: Path, out: Path | None, max_flow: float | None, negated: bool, no_images: bool
) -> dict[str, object]:
    from faceflow.report.view import PAGE_SUFFIX, open_view, write_view

    written = out or Path(f"{path.stem}_view{PAGE_SUFFIX}")
    field = open_view(path, negated, images=not no_images)
    write_view(field, written, max_flow)
    pair = field.pair
    return {
        "written": str(written),
        "size": list(field.flow.shape[:2]),
        "pixels": field.motion.number,
        "mean_px": round(field.motion.mean, 4),
        "max_px": round(field.motion.largest, 4),
        "pair": pair and [*pair.layout.record.parts[-3:-1], pair.name.first, pair.name.second],
    }
