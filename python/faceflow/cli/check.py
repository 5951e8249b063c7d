"""``faceflow check``: whether a dataset is whole, and what it takes to mend it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceflow.cli.exits import DONE, FAILED
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.progress import make_progress
from faceflow.errors import ConfigError

if TYPE_CHECKING:
    from faceflow.dataset.check.run import Checked

HELP = """Verify a dataset, and say what it would take to mend it.

Every record is read, and every file that it promises is looked at: that it is there, whole, and of
the kind and size that the record says. Of shards every byte is compared with its SHA-256. --deep
recomputes the flow of some pairs too. Nothing is written; OUTPUT may be read-only.

What is wrong stands on stderr, a line each. What is damaged is deleted by

faceflow check OUTPUT --list-damaged | xargs -0 rm -rf --

and then made again, as is what is missing, by the command that made the dataset.

Exit codes: 0 all is sound, 1 something is damaged, missing or unfinished, 2 OUTPUT is no dataset.
"""

_MOST_LINES = 40
_SAMPLE = 64


def check(
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Folder of the dataset.")],
    deep: Annotated[
        bool,
        typer.Option(
            "--deep", help="Decode and recompute pairs drawn by lot, always the same ones."
        ),
    ] = False,
    sample: Annotated[
        int | None, typer.Option(help="Pairs of --deep.  [default: 64]", min=1)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Threads.  [default: all cores]", min=1)
    ] = None,
    list_damaged: Annotated[
        bool,
        typer.Option(
            "--list-damaged",
            help="Write the paths of what has to be deleted to stdout, a zero byte after each.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything found, as one JSON object on stdout.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and check."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.dataset.check.run import CheckOptions, check_dataset

    if sample is not None and not deep:
        raise ConfigError("--sample is the number of pairs of --deep, which is not given")
    if list_damaged and as_json:
        raise ConfigError("--list-damaged and --json both write to stdout; one of them is taken")
    if deep:
        settle_kernels()
    most = None if list_damaged or as_json else _MOST_LINES
    options = CheckOptions((sample or _SAMPLE) if deep else 0, workers, most)
    with make_progress() as progress:
        checked = check_dataset(output, options, progress)
    if as_json:
        typer.echo(json.dumps(checked.as_json()))
    elif list_damaged:
        for path in checked.findings.delete:
            typer.echo(f"{output / path}\0".encode("utf-8", "surrogateescape"), nl=False)
    else:
        _say(checked)
    return DONE if checked.findings.sound else FAILED


def _say(checked: Checked) -> None:
    findings = checked.findings
    extra = findings.kinds["extra"]
    for faults, count in (
        (findings.faults, findings.kinds.total() - extra),
        (findings.extra, extra),
    ):
        for fault in faults:
            typer.echo(f"{fault.kind}: {fault.line}", err=True)
        if count > len(faults):
            typer.echo(f"and {count - len(faults)} more (--json has all)", err=True)
    if checked.in_use:
        typer.echo("a run is making this dataset: what is not finished may look damaged", err=True)
    for line in _summary(checked):
        typer.echo(line)


def _summary(checked: Checked) -> list[str]:
    totals, findings = checked.totals, checked.findings
    lines = [
        f"{totals.sequences} sequences, {totals.frames.total()} frames, "
        f"{totals.pairs.total()} pairs; {findings.files} files looked at"
        + (f", {findings.flows} flows recomputed" if findings.flows else "")
    ]
    if findings.kinds:
        lines.append(", ".join(f"{count} {kind}" for kind, count in sorted(findings.kinds.items())))
    return [*lines, *(checked.advice or (["sound"] if findings.sound else []))]
