"""``faceflow landmarks``: the landmarks of folders of images, and nothing else."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import typer

from faceflow.cli.configfile import take_defaults
from faceflow.cli.exits import DONE, FAILED
from faceflow.cli.landmark_options import (
    LandmarksDirOption,
    LandmarksOption,
    MinConfidenceOption,
    OpenFaceModeOption,
    OpenFaceOption,
    OpenFaceTimeoutOption,
    landmark_options,
    tell_terms,
)
from faceflow.cli.output_options import NoLockOption
from faceflow.cli.progress import make_progress
from faceflow.cli.summary import say_faults, say_problems, say_totals

HELP = """Find the landmarks of every frame, in OpenFace's format.

IMAGES holds <subject>/<sequence>/<images>, or videos <subject>/<sequence>.mp4|avi|mkv|mov, whose
frames are called 000001 and on. OUT gets <subject>/<sequence>/<image stem>.csv in pixels of the
image, and landmarks.csv, a line for each frame: its status, reason and confidence.
faceflow-gen goes on from there with --landmarks openface --landmarks-dir OUT.

Exit codes: 0 done, 1 something failed (it is listed), 2 wrong usage, 130 interrupted.
"""


def landmarks(
    images: Annotated[Path, typer.Argument(metavar="IMAGES", help="Folder of subjects.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write to.")],
    config: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with any option of this command; the command line wins.",
            callback=lambda context, path: take_defaults(context, path, landmarks),
            is_eager=True,
        ),
    ] = None,
    source: LandmarksOption = "auto",
    landmarks_dir: LandmarksDirOption = None,
    openface: OpenFaceOption = None,
    openface_mode: OpenFaceModeOption = "image",
    openface_timeout: OpenFaceTimeoutOption = 60.0,
    min_confidence: MinConfidenceOption = 0.725,
    sheet: Annotated[
        bool,
        typer.Option(
            "--sheet",
            help="Draw sheet.jpg for each sequence: frames, points, doubtful ones in red.",
        ),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(help="Threads.  [default: all cores]", min=1)
    ] = None,
    subjects: Annotated[str, typer.Option(help="Only subjects that match this pattern.")] = "*",
    sequences: Annotated[str, typer.Option(help="Only sequences that match this pattern.")] = "*",
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object on stdout.")
    ] = False,
    no_lock: NoLockOption = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and run."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.annotate.run import LandmarkRun
    from faceflow.dataset.log import claimed
    from faceflow.execute.local import LocalExecutor
    from faceflow.sequences import find_sequences

    options = landmark_options(
        images,
        landmarks=source,
        landmarks_dir=landmarks_dir,
        openface=openface,
        openface_mode=openface_mode,
        openface_timeout=openface_timeout,
        min_confidence=min_confidence,
    )
    folders = find_sequences(images, out, options.landmarks_dir, subjects, sequences)

    def chosen(subject: str, sequence: str) -> bool:
        return fnmatchcase(subject, subjects) and fnmatchcase(sequence, sequences)

    run = LandmarkRun(folders, out, options, LocalExecutor(workers), sheet, chosen)
    tell_terms(source, options)
    with claimed(out, lock=not no_lock), make_progress() as progress:
        summary = run.make(progress)
    say_faults(run.faults, out)
    say_problems(summary["problems"])
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        say_totals(summary["totals"])
    failed = summary["totals"]["frames"]["failed"]
    return FAILED if failed or summary["problems"] else DONE
