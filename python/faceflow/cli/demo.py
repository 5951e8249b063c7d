"""``faceflow demo``: see it work without any data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from faceflow.cli.exits import DONE
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.output_options import NoLockOption
from faceflow.cli.progress import make_progress


def demo(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write to.")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    no_lock: NoLockOption = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Set a photograph in motion, make a flow dataset of it, and measure its error.

    A smile, an open mouth and raised brows are rendered from the public-domain photograph of an
    astronaut, so that the true flow is known.
    """
    from faceflow.demo.make import make_demo
    from faceflow.files import shown

    settle_kernels()
    with make_progress() as progress:
        result = make_demo(out, progress, not no_lock)
    if as_json:
        fields = vars(result) | {"files": [str(path) for path in result.files]}
        typer.echo(json.dumps(fields))
        return DONE
    typer.echo(
        f"{result.pairs} pairs; motion up to {result.largest_motion:.2f} px\n"
        f"end-point error against the rendered motion: {result.endpoint_error:.4f} px\n"
        f"mean difference of a pair's frames: {result.difference_without_flow:.2f} grey levels, "
        f"{result.difference_with_flow:.2f} once the flow is taken back"
    )
    for path in result.files:
        typer.echo(shown(path))
    return DONE
