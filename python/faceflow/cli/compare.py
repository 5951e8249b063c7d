"""``faceflow compare``: a flow file beside the ground truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceflow.cli.exits import DONE
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.table import say_table

if TYPE_CHECKING:
    from faceflow.evaluate.compare import Comparison

HELP = """Measure a flow file against another one, and show both.

A is the prediction, B the ground truth, each a .flo, KITTI .png, .npz or .pfm, both of one size.
What is unknown in either does not count; where B lies in a dataset of faceflow's, its mask is used.

<a>_compare.html in the current folder shows both fields and their difference, in one scale;
everything is inside the page. A name in .png for --out gives one picture instead.

End-point errors (EPE) are in pixels, angular ones (AAE) in degrees; Fl is the share of pixels whose
error is over 3 px and over 5 % of the true motion.

Exit codes: 0 compared, however far they are apart; 1 a file is damaged; 2 a file is not there, or
sizes differ.
"""


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Predicted flow.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="True flow.")],
    out: Annotated[
        Path | None,
        typer.Option(help="FILE.html or FILE.png.  [default: <a>_compare.html]"),
    ] = None,
    valid: Annotated[
        Path | None, typer.Option(help="Image that is 0 where pixels do not count.")
    ] = None,
    negated: Annotated[
        str | None,
        typer.Option(help="a|b|both: what holds minus the flow, as the reference system's files."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="What was written, and numbers, as one JSON object.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and compare."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.errors import ConfigError
    from faceflow.evaluate.compare import NEGATED, compare_files
    from faceflow.evaluate.compare_page import PAGE_SUFFIX, write_comparison
    from faceflow.files import shown

    if negated is not None and negated not in NEGATED:
        raise ConfigError(f"--negated {shown(negated)} is not taken: {', '.join(NEGATED)} are")
    written = out or Path(f"{a.stem}_compare{PAGE_SUFFIX}")
    settle_kernels()
    comparison = compare_files(a, b, valid, negated)
    write_comparison(comparison, written)
    if as_json:
        typer.echo(json.dumps({"written": str(written), **comparison.as_json()}))
        return DONE
    if comparison.unknown:
        typer.echo(
            f"A is unknown at {comparison.unknown} pixels that have ground truth: "
            "they do not count",
            err=True,
        )
    _say(comparison)
    typer.echo(shown(str(written)))
    return DONE


def _say(comparison: Comparison) -> None:
    from faceflow.evaluate.page_tables import COLUMNS, spelled, text_of

    columns = [(key, title) for key, title in COLUMNS if key != "photometric"]
    groups = {"all": comparison.stats}
    groups |= {spelled(name): each for name, each in comparison.by_magnitude.items()}
    rows = [["", "pixels", *(title for _, title in columns)]]
    for name, stats in groups.items():
        values = stats.as_json()
        rows.append([name, str(stats.pixels), *(text_of(key, values[key]) for key, _ in columns)])
    say_table(rows)
