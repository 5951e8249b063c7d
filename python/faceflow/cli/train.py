"""``faceflow train``: a network trained on a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faceflow.cli.configfile import take_defaults
from faceflow.cli.exits import DONE
from faceflow.cli.kernels import settle_kernels
from faceflow.cli.output_options import NoLockOption
from faceflow.cli.progress import make_progress
from faceflow.errors import ConfigError

if TYPE_CHECKING:
    from faceflow.learn.training.options import TrainOptions

HELP = """Train a network on a dataset.

DATA is a dataset of faceflow-gen, of files or in shards; flow is made while it is read. RUN gets
model.keras (the network with the least validation error), checkpoints/, history.csv, loss.png and
TensorBoard's logs/. The same command again goes on where it stopped, and gives the same network.

Subjects for validation are those of DATA/splits (faceflow split), or are shared out by --fractions.
Needs the extra: pip install 'faceflow[train]'.

Exit codes: 0 done; 1 the loss is not finite, a file of DATA could not be read, or the disk was
full; 2 wrong usage, --weights that cannot be read or do not fit among it; 130 interrupted, the same
command goes on.
"""


def _defaults(context: typer.Context, config: Path | None) -> Path | None:
    """Options of --config, over those of a preset, become the command's defaults."""
    return take_defaults(context, config, train)


def _preset(context: typer.Context, preset: str) -> str:
    from faceflow.learn.training.options import PRESETS

    if preset not in PRESETS:
        raise ConfigError(f"--preset {preset!r} is not taken: {', '.join(PRESETS)} are")
    context.default_map = {**PRESETS[preset], **(context.default_map or {})}
    return preset


def _network(context: typer.Context, network: str) -> str:
    from faceflow.learn.training.options import FACE

    if network == "face":
        context.default_map = {**FACE, **(context.default_map or {})}
    return network


def train(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of the dataset.")],
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run.")],
    config: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with any option of this command; the command line wins.",
            callback=_defaults,
            is_eager=True,
        ),
    ] = None,
    network: Annotated[
        str,
        typer.Option(
            help="flownets|face: the published network, or the one that corrects DIS on faces "
            "(192x192, batches of 10, 44 epochs of 500).",
            callback=_network,
            is_eager=True,
        ),
    ] = "flownets",
    real: Annotated[
        Path | None,
        typer.Option(
            help="Dataset of real frames that the face network is to explain, too; its flow is "
            "not used."
        ),
    ] = None,
    real_pairs: Annotated[int, typer.Option(help="Pairs of each batch that are real.")] = 2,
    backgrounds: Annotated[
        Path | None, typer.Option(help="Folder of pictures without faces, for the face network.")
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            help="paper|small: as published (384x512, full width, batches of 16, 15 epochs, "
            "schedule paper, no masks, no augmentation), or what two cores can do.",
            callback=_preset,
            is_eager=True,
        ),
    ] = "small",
    experiment: Annotated[
        str, typer.Option(help="exp1|exp2I|exp2II|exp3I|exp3II: which losses.")
    ] = "exp1",
    weights: Annotated[
        Path | None,
        typer.Option(help="Start from these: cp.ckpt as published, .weights.h5 or .keras."),
    ] = None,
    size: Annotated[str, typer.Option(help="HxW of the network, multiples of 64.")] = "192x256",
    width: Annotated[
        float, typer.Option(help="Filters of each layer, against the published network's.")
    ] = 0.25,
    mask: Annotated[
        str,
        typer.Option(
            help="valid|none: losses where flow is ground truth, or everywhere, with zero flow "
            "where there is none."
        ),
    ] = "valid",
    val: Annotated[
        str,
        typer.Option(
            help="auto|none|val|test: the part of DATA/splits to validate on (auto: val, or "
            "subjects shared out where there is no split)."
        ),
    ] = "auto",
    fractions: Annotated[
        str, typer.Option(help="Shares of train, val and test where there is no split.")
    ] = "0.8,0.1,0.1",
    epochs: Annotated[int, typer.Option(help="A state is kept at the end of each.")] = 15,
    steps_per_epoch: Annotated[
        int | None, typer.Option(help="Batches in one.  [default: one pass over the pairs]")
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Pairs in a batch, over all replicas.")] = 8,
    augment: Annotated[
        str, typer.Option(help="none|standard: flips, colour, blur, noise, motion of the camera.")
    ] = "standard",
    stride: Annotated[
        str,
        typer.Option(
            help="N or N-M: how many times a pair's own distance its second frame is away."
        ),
    ] = "1",
    schedule: Annotated[
        str, typer.Option(help="paper|cosine|onecycle: constant, or how the rate goes.")
    ] = "cosine",
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help="The highest.  [default: 2.5e-7 with --weights; else paper 1e-4, others 1e-3]"
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(help="Stop when the validation error has not gone down for so many epochs."),
    ] = None,
    precision: Annotated[
        str, typer.Option(help="float32|mixed_float16|mixed_bfloat16.")
    ] = "float32",
    accumulate: Annotated[int, typer.Option(help="Batches to an update of the weights.")] = 1,
    xla: Annotated[bool, typer.Option("--xla", help="Compile the step with XLA.")] = False,
    strategy: Annotated[
        str,
        typer.Option(
            help="none|mirrored|multiworker: one device, all GPUs of this machine, or those of all "
            "machines that TF_CONFIG names."
        ),
    ] = "none",
    seed: Annotated[int, typer.Option(help="Of all that is drawn by lot.")] = 0,
    workers: Annotated[
        int | None, typer.Option(help="Threads that make examples.  [default: all cores]")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="At most so many pairs to train on, drawn by lot.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Begin anew, whatever is there.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object on stdout.")
    ] = False,
    no_lock: NoLockOption = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks, and what TensorFlow says.")
    ] = False,
) -> int:
    """Parse the options and train."""
    # Here and not above, so that --help loads nothing heavy.
    from faceflow.learn.training.options import TrainOptions, parse_fractions, parse_stride

    options = TrainOptions(
        data,
        run,
        network=network,
        real=real,
        real_pairs=real_pairs,
        backgrounds=backgrounds,
        experiment=experiment,
        size=size,
        width=width,
        weights=weights,
        mask=mask,
        val=val,
        fractions=parse_fractions(fractions),
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        batch_size=batch_size,
        augment=augment,
        stride=parse_stride(stride),
        schedule=schedule,
        learning_rate=learning_rate,
        patience=patience,
        precision=precision,
        accumulate=accumulate,
        xla=xla,
        strategy=strategy,
        seed=seed,
        workers=workers,
        limit=limit,
    )
    summary = _train(options, overwrite, not no_lock, debug)
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        _say(summary)
    return DONE


def _train(options: TrainOptions, overwrite: bool, lock: bool, debug: bool) -> dict[str, Any]:
    from faceflow.learn.quiet import silence
    from faceflow.learn.training.chief import process_addresses
    from faceflow.learn.training.run import TrainingRun

    settle_kernels()
    run = TrainingRun(options, overwrite, lock)
    for note in run.pairs.notes:
        typer.echo(note, err=True)
    if addresses := process_addresses(options.strategy):
        typer.echo(f"waiting for all processes of TF_CONFIG: {', '.join(addresses)}", err=True)
    with run.claim():
        if not debug:
            silence(run.log)
        with make_progress() as progress:
            return run.train(progress)


def _say(summary: dict[str, Any]) -> None:
    what = "face" if summary["network"] == "face" else summary["experiment"]
    typer.echo(
        f"{what}: {summary['epochs']} epochs, {summary['steps']} steps over "
        f"{summary['train_pairs']} pairs; loss {summary['loss']:.4g}, error {summary['epe']:.3g} px"
    )
    if summary["validation_epe"] is not None:
        typer.echo(
            f"validation on {summary['validation_pairs']} pairs: error "
            f"{summary['validation_epe']:.3g} px, the least, in epoch {summary['best_epoch']}"
        )
    typer.echo(
        f"{summary['samples_per_second']:.3g} samples/s, {summary['data_wait']:.0%} of the time "
        "waiting for data"
    )
    typer.echo(summary["model"])
