"""``faceflow-eval``: flow methods compared on a dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faceflow.cli.configfile import take_defaults
from faceflow.cli.exits import DONE, FAILED
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.output_options import NoLockOption
from faceflow.cli.progress import make_progress
from faceflow.cli.table import say_table

if TYPE_CHECKING:
    from faceflow.evaluate.faults import Faults

HELP = """Compare methods that estimate flow, on the same pairs of a dataset.

DATA is a dataset that faceflow-gen made, of files or in shards. OUT takes results.json, results.csv
(a row for each method, pair and region), summary.md and report.html. The same command goes on
where it stopped, and tries again what failed.

Methods: face, the network that comes with the package; zero, farneback, dis, tvl1, pcaflow,
deepflow; landmarks, the dataset's own flow; model:PATH, a network that faceflow-train trained;
onnx:PATH, any other network as ONNX; flo:DIR, what another program computed, as
SUBJECT/flow_SEQUENCE/FRAME.flo, SUBJECT_SEQUENCE_FRAME.flo or
SUBJECT_SEQUENCE_FRAME/flow[0].fwd.flo; and what other packages bring along by an entry point of the
group faceflow.estimators (NAME or NAME:PATH).

Errors are of the pixels where the dataset's flow is known to be true; the photometric error, of the
second frame pulled back by a method's flow, needs no truth and is of the face.

Exit codes: 0 done; 1 done, but a method failed on a pair or had no file for it (listed); 2 wrong
usage, nothing was measured; 130 interrupted, the same command goes on.
"""


def evaluate(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of the dataset.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder that takes the results.")],
    method: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:PATH]", help="A method to compare. Repeatable."),
    ] = None,
    versus: Annotated[
        str | None, typer.Option(help="The method that the others are to be compared with.")
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            help="source: the dataset's size and validity; paper: the landmarks' box, at 192x256."
        ),
    ] = "source",
    part: Annotated[
        str | None, typer.Option(help="train|val|test: a part of the split only.")
    ] = None,
    subjects: Annotated[str, typer.Option(metavar="GLOB", help="Only these subjects.")] = "*",
    sequences: Annotated[str, typer.Option(metavar="GLOB", help="Only these sequences.")] = "*",
    limit: Annotated[
        int | None,
        typer.Option(help="At most so many pairs, drawn by lot, always the same ones.", min=1),
    ] = None,
    negated: Annotated[
        bool, typer.Option("--negated", help="Files of flo:DIR hold minus the flow.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(help="Threads.  [default: all cores]", min=1)
    ] = None,
    no_images: Annotated[
        bool, typer.Option("--no-images", help="A page without faces: flow and numbers only.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Measure all anew, and replace what is in OUT.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object on stdout.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Options from a TOML file.",
            is_eager=True,
            callback=lambda context, path: take_defaults(context, path, evaluate),
        ),
    ] = None,
    no_lock: NoLockOption = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and compare."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.evaluate.faults import list_faults
    from faceflow.evaluate.options import EvaluationOptions
    from faceflow.evaluate.run import Evaluation
    from faceflow.evaluate.write import write_results

    options = EvaluationOptions(
        data, tuple(method or ()), protocol, versus, part, subjects, sequences, limit, negated
    )
    settle_kernels()
    evaluation = Evaluation(options)
    with evaluation.opened(out, overwrite, not no_lock) as state:
        with make_progress() as progress:
            evaluation.measure(state, progress, workers)
        faults = list_faults(evaluation, state)
        results = write_results(evaluation, state, out, images=not no_images)
    _say_faults(faults)
    if as_json:
        typer.echo(json.dumps(results))
    else:
        _say(results)
    return FAILED if faults.number else DONE


def _say_faults(faults: Faults) -> None:
    for line in faults.first.lines:
        typer.echo(line, err=True)
    more = faults.number - len(faults.first.lines)
    if more:
        typer.echo(f"and {more} more, in faceflow.log", err=True)


def _say(results: Mapping[str, Any]) -> None:
    """The figures of every method, a line each."""
    from faceflow.files import shown

    names = ("epe", "epe_median", "aae", "fl", "photometric")
    rows = [["", "pairs", "EPE", "median", "AAE", "Fl %", "photometric", "s a pair"]]
    for method, result in results["results"].items():
        figures = [*(result["all"][name] for name in names), result["seconds"]]
        cells = ["" if figure is None else f"{figure:.3f}" for figure in figures]
        rows.append([shown(method), str(result["pairs"]), *cells])
    say_table(rows)
    for note in results["notes"]:
        typer.echo(note)
