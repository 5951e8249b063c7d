"""``faceflow predict``: the flow that a trained network sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from faceflow.cli.exits import DONE, FAILED
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.output_options import NoLockOption
from faceflow.cli.progress import make_progress

HELP = """Predict flow with a trained network.

MODEL is a .keras file, the folder of a training run, or weights as they were published (an HDF5
file of Keras 2.3). A and B are two images; or A alone is a folder of images or a video, and the
flow of every frame to the next is predicted.

The output folder gets <frame>.flo (or <frame>_flow.png of KITTI's, or <frame>.npz) for each first
frame, in pixels of the frames, and pictures/<frame>.png, the flow in colours. What is there already
is not made again, but where frames or landmarks have changed; flow of another model, of other
inputs or with another --max-flow is refused.

A network that was trained on faces cut out of their frames sees best what it was shown: with
--landmarks-dir it is given the landmarks' box and 10 px around it, and flow elsewhere is 0.

Exit codes: 0 done; 1 a pair failed (it is listed); 2 wrong usage, a MODEL that cannot be read among
it; 130 interrupted, the same command goes on.
"""


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="File or folder of the model.")],
    first: Annotated[
        Path, typer.Argument(metavar="A", help="Image; or folder of images, or video.")
    ],
    second: Annotated[Path | None, typer.Argument(metavar="[B]", help="The next image.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to.  [default: <A>_predicted in the current folder]"),
    ] = None,
    flow_format: Annotated[
        str, typer.Option(help="Flow files: flo|kitti (16-bit PNG)|npz (float16).")
    ] = "flo",
    max_flow: Annotated[
        float | None,
        typer.Option(help="Pixels of full colour in pictures.  [default: the longest vector's]"),
    ] = None,
    landmarks_dir: Annotated[
        Path | None, typer.Option(help="Folder of <frame>_landmarks.txt: look at the face only.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make all of it again.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object on stdout.")
    ] = False,
    no_lock: NoLockOption = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks, and what TensorFlow says.")
    ] = False,
) -> int:
    """Parse the options and predict."""
    # Here and not above, so that --help loads neither numpy nor Keras.
    from faceflow.dataset.log import claimed
    from faceflow.files import shown
    from faceflow.learn.extra import need_keras
    from faceflow.learn.predict import PredictOptions, find_frames
    from faceflow.learn.predict import predict as run
    from faceflow.learn.quiet import silence

    folder = out or Path(f"{first.absolute().stem}_predicted")
    options = PredictOptions(
        model, first, second, folder, flow_format, max_flow, landmarks_dir, overwrite
    )
    settle_kernels()
    frames = find_frames(options)
    need_keras("faceflow predict")
    if not debug:
        silence()
    with claimed(folder, lock=not no_lock), make_progress() as progress:
        predicted = run(options, frames, progress)
    for problem in predicted.problems:
        typer.echo(problem, err=True)
    failed = len(predicted.problems)
    if as_json:
        facts = {"made": predicted.made, "there": predicted.there, "failed": failed}
        typer.echo(json.dumps({"written": str(folder), **facts}))
    else:
        made = f"{predicted.made} made, {predicted.there} already there, {failed} failed"
        typer.echo(f"pairs: {made}\n{shown(folder)}")
    return FAILED if failed else DONE
