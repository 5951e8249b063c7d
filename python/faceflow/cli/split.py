"""``faceflow split``: train, val and test by subject."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from faceflow.cli.exits import DONE
from faceflow.cli.output_options import NoLockOption
from faceflow.errors import ConfigError

HELP = """Share a dataset out into train, val and test, no subject in two of them.

Subjects are given to the parts so that their pairs come close to the fractions, large and small
subjects to each. OUTPUT/splits gets train.txt, val.txt and test.txt (subject, sequence, first and
second frame of each pair, with tabs between) and splits.json.
"""


def split(
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Folder of the dataset.")],
    seed: Annotated[int, typer.Option(help="Another one gives another split.")] = 0,
    fractions: Annotated[
        str, typer.Option(help="Shares of the pairs, of train, val and test.")
    ] = "0.8,0.1,0.1",
    flat: Annotated[
        bool,
        typer.Option(
            "--flat", help="Link the files into splits/<part>/ as <subject>_<sequence>_<file>."
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the split that is there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    no_lock: NoLockOption = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and split."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.dataset.split import FOLDER, SplitOptions, split_dataset
    from faceflow.files import shown

    options = SplitOptions(_parse_fractions(fractions), seed, flat)
    summary = split_dataset(output, options, overwrite, not no_lock)
    if as_json:
        typer.echo(json.dumps(summary))
        return DONE
    _say(summary)
    typer.echo(shown(output / FOLDER))
    return DONE


def _parse_fractions(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--fractions {text!a} is not taken: 0.8,0.1,0.1 is") from error


def _say(summary: dict[str, Any]) -> None:
    total = sum(part["pairs"] for part in summary["parts"].values())
    for name, part in summary["parts"].items():
        share = f"{part['pairs'] / total:.1%}"
        counts = f"{len(part['subjects'])} subjects, {part['sequences']} sequences"
        typer.echo(f"{name}: {counts}, {part['pairs']} pairs ({share})")
