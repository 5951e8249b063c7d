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
from faceflow.errors import ConfigError

HELP = """Predict flow with any method.

A and B are two images; or A alone is a folder of images or a video, and the flow of every frame to
the next is predicted. By default the network that comes with the package does it; --method takes
any other method of faceflow-eval: dis, farneback, tvl1, pcaflow, deepflow, model:PATH (a run of
faceflow-train), onnx:PATH (another network), or one of another package.

The output folder gets <frame>.flo (or <frame>_flow.png of KITTI's, or <frame>.npz) for each first
frame, in pixels of the frames, and pictures/<frame>.png, the flow in colours. What is there already
is not made again, but where frames or landmarks have changed; flow of another method, of other
inputs or with another --max-flow is refused.

With --landmarks-dir a network looks at the face, which is faster. The face network then leaves the
flow of DIS elsewhere; a FlowNetS sees best what it was shown in training, the landmarks' box and
10 px around it, and its flow elsewhere is 0.

The old form, faceflow predict MODEL A [B], means --method model:MODEL.

Exit codes: 0 done; 1 a pair failed (it is listed); 2 wrong usage, a model that cannot be read among
it; 130 interrupted, the same command goes on.
"""

_DEFAULT = "face"


def predict(
    paths: Annotated[
        list[Path], typer.Argument(metavar="A [B]", help="Two images; or a folder, or a video.")
    ],
    method: Annotated[
        str | None, typer.Option(metavar="NAME[:PATH]", help=f"[default: {_DEFAULT}]")
    ] = None,
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
    from faceflow.learn.quiet import silence
    from faceflow.predict.flows import PredictOptions, find_frames
    from faceflow.predict.flows import predict as run

    chosen, first, second = _understand(method, paths)
    folder = out or Path(f"{first.absolute().stem}_predicted")
    options = PredictOptions(
        chosen, first, second, folder, flow_format, max_flow, landmarks_dir, overwrite
    )
    settle_kernels()
    frames = find_frames(options)
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


def _understand(method: str | None, paths: list[Path]) -> tuple[str, Path, Path | None]:
    """Return the method and the frames' paths, in either form of the command."""
    from faceflow.files import shown

    if _is_model(paths[0]):
        if method is not None:
            raise ConfigError(f"{shown(paths[0])} is a model: give it as --method model:PATH")
        method, paths = f"model:{paths[0]}", paths[1:]
    if not 1 <= len(paths) <= 2:
        raise ConfigError(
            f"predict takes one or two paths of frames, or a model before them; got {len(paths)}, "
            f"and {shown(paths[0])} is no model"
        )
    return method or _DEFAULT, paths[0], paths[1] if len(paths) == 2 else None


def _is_model(path: Path) -> bool:
    """Whether a path is a training run's folder, or a file that is neither image nor video."""
    from faceflow import videos
    from faceflow.images import IMAGE_SUFFIXES
    from faceflow.methods.registry import network_file

    if path.is_dir():
        return network_file(path).is_file()
    is_frame = path.suffix.lower() in IMAGE_SUFFIXES or videos.is_video(path.name)
    return path.is_file() and not is_frame
