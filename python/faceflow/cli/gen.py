"""``faceflow gen``: folders of images and landmarks to a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faceflow.cli.configfile import take_defaults
from faceflow.cli.executor_options import check_executor, make_executor
from faceflow.cli.exits import DONE, FAILED
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.landmark_options import (
    LandmarksDirOption,
    LandmarksOnOption,
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
from faceflow.errors import ConfigError

if TYPE_CHECKING:
    from faceflow.generate.plan import SequencePlan

HELP = """Make a dataset of dense optical flow.

IMAGES holds <subject>/<sequence>/<images>, or videos <subject>/<sequence>.mp4|avi|mkv|mov, whose
frames are called 000001 and on. Landmarks stand in a folder Landmarks beside it, or in
--landmarks-dir (<subject>/<sequence>/<image stem>_landmarks.txt, a point a line, x then y); or
OpenFace or dlib finds them in the images.

OUTPUT gets <subject>/flow_<sequence>/<b>.jpg (every frame) and <a>.flo (flow from frame a to frame
b), landmarks and a record of every frame and pair in <subject>/<sequence>/, and dataset.json. The
same command again goes on where it stopped, and tries again what failed.

Exit codes: 0 done, 1 something failed (it is listed), 2 wrong usage, 130 interrupted.
"""

_PRESETS = ("paper",)


def _defaults(context: typer.Context, config: Path | None) -> Path | None:
    """Options of --config, over those of a preset, become the command's defaults."""
    return take_defaults(context, config, gen)


def _preset(context: typer.Context, preset: str | None) -> str | None:
    from faceflow.generate.config import PAPER

    # After _defaults where --config names the preset, before or after it where both are given.
    if preset is not None and preset not in _PRESETS:
        raise ConfigError(f"--preset {preset!r} is not taken: {', '.join(_PRESETS)} is")
    if preset == "paper":
        context.default_map = {**PAPER, **(context.default_map or {})}
    return preset


def gen(
    images: Annotated[Path, typer.Argument(metavar="IMAGES", help="Folder of subjects.")],
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Folder of the dataset.")],
    config: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with any option of this command; the command line wins.",
            callback=_defaults,
            is_eager=True,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="paper: as the reference system makes it (512x384, first, zero, jpg, viz all, "
            "landmarks on resized frames, not refined).",
            callback=_preset,
            is_eager=True,
        ),
    ] = None,
    landmarks: LandmarksOption = "auto",
    landmarks_dir: LandmarksDirOption = None,
    openface: OpenFaceOption = None,
    openface_mode: OpenFaceModeOption = "image",
    openface_timeout: OpenFaceTimeoutOption = 60.0,
    min_confidence: MinConfidenceOption = 0.725,
    landmarks_on: LandmarksOnOption = "original",
    size: Annotated[str, typer.Option(help="HxW of the output, or source.")] = "512x384",
    triangulation: Annotated[
        str,
        typer.Option(
            help="first|each|mean: triangles of the first frame, of each pair's, or of a mean "
            "face, the same for every subject (68 landmarks)."
        ),
    ] = "first",
    outside: Annotated[
        str,
        typer.Option(help="Flow outside the landmarks: unknown|zero|nan (zero comes with masks)."),
    ] = "unknown",
    flow_format: Annotated[str, typer.Option(help="flo|kitti|npz.")] = "flo",
    image_format: Annotated[str, typer.Option(help="jpg|png.")] = "jpg",
    viz: Annotated[
        str, typer.Option(help="Pictures: none|flow|mesh|all, in flow_viz_<sequence>/.")
    ] = "none",
    max_flow: Annotated[
        float | None,
        typer.Option(help="Pixels of full colour, for new pictures.  [default: each longest]"),
    ] = None,
    masks: Annotated[
        bool, typer.Option("--masks", help="Write <a>_valid.png: without what is folded or hidden.")
    ] = False,
    stride: Annotated[int, typer.Option(help="Frames from the first of a pair to its second.")] = 1,
    from_first: Annotated[
        bool, typer.Option("--from-first", help="Pair the first frame with each other one.")
    ] = False,
    direction: Annotated[str, typer.Option(help="forward|backward|both.")] = "forward",
    decode: Annotated[
        str,
        typer.Option(
            help="full|reduced: JPEGs of twice the size and more at a fraction of theirs, which is "
            "faster and changes pixels a little."
        ),
    ] = "full",
    frames: Annotated[
        str,
        typer.Option(
            "--images",
            help="real|rendered: frames as they are, or made of one photograph, the sequence's "
            "first good frame, which moves as the landmarks do: the flow is true by construction, "
            "and known to the border.",
        ),
    ] = "real",
    motions: Annotated[
        Path | None,
        typer.Option(
            help="Folder of landmarks, <subject>/<sequence>/, as of faceflow landmarks: their "
            "expressions are given to the photographs in IMAGES (single images, or one of each "
            "sequence).  [default: each sequence's own motion]"
        ),
    ] = None,
    motion_scale: Annotated[
        float, typer.Option(help="How large rendered motion is, against the landmarks'.")
    ] = 1.0,
    head_motion: Annotated[
        str, typer.Option(help="none|similarity|homography, drawn by lot, added to the motion.")
    ] = "none",
    vary: Annotated[
        str,
        typer.Option(
            help="none|all, or of brightness,noise,blur,jpeg some: how rendered frames differ from "
            "the photograph beside the motion."
        ),
    ] = "none",
    count: Annotated[
        int | None,
        typer.Option(help="Sequences drawn by lot.  [default: each photograph, each motion]"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn by lot.")] = 0,
    extend: Annotated[
        str,
        typer.Option(
            help="none|border|forehead: flow beyond the landmarks, fading to zero at the border "
            "(comes with masks, as it is no ground truth), or up to the hairline (68 landmarks)."
        ),
    ] = "none",
    refine: Annotated[
        str,
        typer.Option(
            help="none|photometric: landmarks as they are found, or their motion corrected by what "
            "the images show."
        ),
    ] = "photometric",
    refine_with: Annotated[
        str,
        typer.Option(
            help="face|dis: dense flow that landmarks are refined with, of the face network, which "
            "is truer, or of DIS, which is faster."
        ),
    ] = "face",
    writer: Annotated[
        str, typer.Option(help="files|shards: tar files without flow, which is made when read.")
    ] = "files",
    store_flow: Annotated[
        bool, typer.Option("--store-flow", help="Put flow into shards, float16, for other readers.")
    ] = False,
    shard_mb: Annotated[int, typer.Option(help="Megabytes of a shard, about.")] = 256,
    workers: Annotated[
        int | None, typer.Option(help="Cores to use.  [default: all]", min=1)
    ] = None,
    quality: Annotated[
        bool,
        typer.Option(
            "--quality", help="Record how well each pair's flow explains its images, beside DIS."
        ),
    ] = False,
    min_quality: Annotated[
        float | None,
        typer.Option(help="Leave out pairs below this quality, 0 to 1 (1: as good as DIS)."),
    ] = None,
    executor: Annotated[
        str, typer.Option(help="local|dask: on this machine, or on a Dask cluster.")
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option(help="The cluster's: tcp://host:port, or the file that its scheduler writes."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Make all anew, whatever is there.")
    ] = False,
    subjects: Annotated[str, typer.Option(help="Only subjects that match this pattern.")] = "*",
    sequences: Annotated[str, typer.Option(help="Only sequences that match this pattern.")] = "*",
    limit: Annotated[
        int | None, typer.Option(help="At most this many pairs in all.", min=0)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be made; write nothing.")
    ] = False,
    no_images: Annotated[
        bool,
        typer.Option(
            "--no-images", help="report.html without faces, for data not to be passed on."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object on stdout.")
    ] = False,
    no_lock: NoLockOption = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and run."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.generate.config import GenerateConfig, parse_size
    from faceflow.generate.run import Run, Selection, plan_run
    from faceflow.truth.render_options import RenderOptions

    check_executor(executor, scheduler, workers)
    if executor == "dask":  # whose workers have working directories of their own
        images, output = images.absolute(), output.absolute()
        landmarks_dir = landmarks_dir and landmarks_dir.absolute()
        motions = motions and motions.absolute()
    source = landmark_options(
        images,
        landmarks=landmarks,
        landmarks_dir=landmarks_dir,
        openface=openface,
        openface_mode=openface_mode,
        openface_timeout=openface_timeout,
        min_confidence=min_confidence,
        landmarks_on=landmarks_on,
    )
    configuration = GenerateConfig(
        source,
        size=parse_size(size),
        triangulation=triangulation,
        outside=outside,
        flow_format=flow_format,
        image_format=image_format,
        viz=viz,
        max_flow=max_flow,
        masks=masks,
        stride=stride,
        from_first=from_first,
        direction=direction,
        decode=decode,
        extend=extend,
        refine=refine,
        refine_with=refine_with,
        writer=writer,
        store_flow=store_flow,
        shard_mb=shard_mb,
        quality=quality,
        min_quality=min_quality,
        rendering=RenderOptions(frames, motions, motion_scale, head_motion, vary, count, seed),
    )
    selection = Selection(images, output, subjects, sequences, limit)
    settle_kernels()
    plans = plan_run(selection, configuration)
    inputs = [path for path in (images, source.landmarks_dir, motions) if path is not None]
    number = sum(len(plan.folder.images) for plan in plans)
    with make_executor(scheduler, workers, output, inputs, number) as runner:
        run = Run(selection, configuration, plans, runner, overwrite, not no_images, not no_lock)
        if dry_run:
            _say(_foreseen(plans), as_json)
            return DONE
        tell_terms(landmarks, source)
        with run.claim(), make_progress() as progress:
            summary = run.make(progress)
    say_faults(run.changes, output)
    say_faults(run.faults, output)
    _say(summary, as_json)
    failed = summary["totals"]["frames"]["failed"] + summary["totals"]["pairs"]["failed"]
    return FAILED if failed or summary["problems"] else DONE


def _foreseen(plans: list[SequencePlan]) -> dict[str, Any]:
    sound = [plan for plan in plans if plan.folder.problem is None]
    return {
        "dry_run": True,
        "sequences": [
            {
                "subject": plan.folder.subject,
                "sequence": plan.folder.sequence,
                "frames": len(plan.folder.images),
                "pairs": plan.pairs,
            }
            for plan in sound
        ],
        "frames": sum(len(plan.folder.images) for plan in sound),
        "pairs": sum(plan.pairs for plan in sound),
        "problems": {p.folder.name: p.folder.problem for p in plans if p.folder.problem},
    }


def _say(summary: dict[str, Any], as_json: bool) -> None:
    """The summary for people on stdout, or as JSON; problems on stderr in both."""
    say_problems(summary["problems"])
    if as_json:
        typer.echo(json.dumps(summary))
    elif "dry_run" in summary:
        for entry in summary["sequences"]:
            name = f"{entry['subject']}/{entry['sequence']}"
            typer.echo(f"{name!a}: {entry['frames']} frames, {entry['pairs']} pairs")
        typer.echo(f"{summary['frames']} frames, {summary['pairs']} pairs; nothing was written")
    else:
        say_totals(summary["totals"])
