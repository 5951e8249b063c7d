"""``faceflow audit``: how good the labels of a flow dataset are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceflow.cli.exits import DONE, FAILED
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.progress import make_progress
from faceflow.cli.table import say_table
from faceflow.errors import ConfigError

if TYPE_CHECKING:
    from faceflow.audit.tally import Tally

HELP = """Measure the labels of a flow dataset against its images.

The second frame of each pair is pulled back by the flow, and what is left of its difference from
the first is compared with no flow at all, and with DIS, an estimator. Labels that are worse than no
flow teach a network their error.

DATASET is a dataset of faceflow's, of files or in shards; or any folder of flow files (.flo, .pfm,
.npz, KITTI's _flow.png), at any depth, each named like its first frame, with the frames beside them
or at the same place below --images, where .png beside flow is flow too. --negated reads the
reference system's, which hold minus the flow.

The page has everything inside: a table of the sequences, charts, the worst pairs.

Exit codes: 0 measured, whatever came of it; 1 a pair or sequence could not be read; 2 DATASET is
none, or nothing in it; 130 interrupted, nothing was written.
"""

_MOST_LINES = 40


def audit(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of the dataset.")],
    out: Annotated[
        Path | None,
        typer.Option(help="The page.  [default: <name>_audit.html in the current folder]"),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Where the frames of flow files lie, if not beside them.")
    ] = None,
    negated: Annotated[
        bool, typer.Option("--negated", help="Flow files hold minus the flow (reference system).")
    ] = False,
    also: Annotated[
        list[str] | None,
        typer.Option(
            help="Another estimator beside DIS: face|farneback|tvl1|pcaflow|deepflow. Repeatable."
        ),
    ] = None,
    every: Annotated[
        int, typer.Option(help="Look at every so many-th pair of a sequence.", min=1)
    ] = 1,
    limit: Annotated[
        int | None,
        typer.Option(help="At most so many pairs, drawn by lot, always the same ones.", min=1),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Threads.  [default: all cores]", min=1)
    ] = None,
    no_images: Annotated[
        bool, typer.Option("--no-images", help="A page without faces: flow and numbers only.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="What was found, as one JSON object on stdout.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and measure."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.audit.page import write_page
    from faceflow.audit.run import AuditOptions, open_pairs, summary
    from faceflow.audit.run import audit as measure
    from faceflow.files import shown

    page = out or Path(f"{dataset.absolute().name or 'dataset'}_audit.html")
    if page.suffix.lower() not in (".html", ".htm") or page.is_dir():
        raise ConfigError(f"--out {shown(page)} is not taken: the name of an .html file is")
    if not page.parent.is_dir():
        raise ConfigError(f"--out {shown(page)} is in no folder that there is")
    options = AuditOptions(images, negated, tuple(also or ()), every, limit, workers)
    settle_kernels()
    pairs = open_pairs(dataset, options)
    with make_progress() as progress:
        tally = measure(pairs, options, progress)
    if tally.sequences:
        write_page(pairs, dataset, tally, page, images=not no_images)
    for problem in tally.problems:
        typer.echo(problem, err=True)
    if tally.problem_count > len(tally.problems):
        typer.echo(f"and {tally.problem_count - len(tally.problems)} more", err=True)
    if as_json:
        written = str(page) if tally.sequences else None
        typer.echo(json.dumps({**summary(pairs, tally), "written": written}))
    elif tally.sequences:
        _say(tally)
        typer.echo(shown(str(page)))
    return FAILED if tally.problem_count else DONE


def _say(tally: Tally) -> None:
    """A table of the sequences, and what it means where labels are worse than nothing."""
    from faceflow.audit.page import MUCH
    from faceflow.audit.plots import NAMES

    names = [NAMES[method] for method in tally.methods]
    rows = [["", "pairs", *names, "quality", "worse than no flow"]]
    listed = tally.sequences[:_MOST_LINES]
    rows += [_row(s.name, s.pairs, s.means.values(), s.quality, s.worse) for s in listed]
    if len(tally.sequences) > _MOST_LINES:
        rows.append([f"{len(tally.sequences) - _MOST_LINES} more", *[""] * (len(rows[0]) - 1)])
    rows.append(_row("mean", tally.pairs, tally.means.values(), tally.quality, tally.worse))
    say_table(rows)
    if tally.means["label"] > tally.means["zero"]:
        typer.echo("on the whole these labels explain the images worse than no flow at all")
    if tally.better_negated > MUCH:
        share = f"{100 * tally.better_negated:.0f} %"
        typer.echo(
            f"on {share} of the pairs the flow fits better with its sign changed (--negated)"
        )


def _row(name: str, pairs: int, errors: Iterable[float], quality: float, worse: float) -> list[str]:
    means = [f"{error:.2f}" for error in errors]
    return [name, str(pairs), *means, f"{quality:.2f}", f"{100 * worse:.0f} %"]
