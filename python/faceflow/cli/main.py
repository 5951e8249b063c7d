"""The commands, and how each of them ends."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

import faceflow
from faceflow.cli import (
    audit,
    check,
    compare,
    demo,
    doctor,
    export,
    gen,
    landmarks,
    predict,
    split,
    train,
    view,
)
from faceflow.cli import eval as eval_command
from faceflow.cli.exits import FAILED, INTERRUPTED, USAGE
from faceflow.cli.progress import interrupt
from faceflow.errors import BackendError, ConfigError, FaceflowError, ModelFileError

# Typer carries its own click since 0.26; its exceptions are found through those it exports.
_ClickException: Any = typer.BadParameter.__mro__[2]

# Ctrl-C, a cluster's or a person's kill, a terminal that was closed.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(
    name="faceflow",
    help="Dense optical-flow ground truth from face landmarks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("gen", help=gen.HELP)(gen.gen)
app.command("landmarks", help=landmarks.HELP)(landmarks.landmarks)
app.command("view", help=view.HELP)(view.view)
app.command("split", help=split.HELP)(split.split)
app.command("export", help=export.EXPORT_HELP)(export.export)
app.command("shards", help=export.SHARDS_HELP)(export.shards)
app.command("audit", help=audit.HELP)(audit.audit)
app.command("eval", help=eval_command.HELP)(eval_command.evaluate)
app.command("check", help=check.HELP)(check.check)
app.command("compare", help=compare.HELP)(compare.compare)
app.command("predict", help=predict.HELP)(predict.predict)
app.command("train", help=train.HELP)(train.train)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"faceflow {faceflow.__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``faceflow``."""
    _run(app, "faceflow", arguments)


def main_gen(arguments: Sequence[str] | None = None) -> None:
    """Run ``faceflow-gen``, which is ``faceflow gen``."""
    _run(_alone("faceflow-gen", gen.gen, gen.HELP), "faceflow-gen", arguments)


def main_train(arguments: Sequence[str] | None = None) -> None:
    """Run ``faceflow-train``, which is ``faceflow train``."""
    _run(_alone("faceflow-train", train.train, train.HELP), "faceflow-train", arguments)


def main_eval(arguments: Sequence[str] | None = None) -> None:
    """Run ``faceflow-eval``, which is ``faceflow eval``."""
    alone = _alone("faceflow-eval", eval_command.evaluate, eval_command.HELP)
    _run(alone, "faceflow-eval", arguments)


@cache
def _alone(name: str, command: Callable[..., int], text: str) -> typer.Typer:
    """One command under a name of its own."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, help=text)(command)
    return alone


@cache
def _built(commands: typer.Typer) -> Any:
    return typer.main.get_command(commands)


def _run(commands: typer.Typer, name: str, words: Sequence[str] | None) -> None:
    """End with a documented exit code and at most one line of complaint."""
    arguments = sys.argv[1:] if words is None else words
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell starts background jobs
            signal.signal(number, _interrupt)
    debug = "--debug" in arguments
    try:
        code = _built(commands).main(args=list(arguments), prog_name=name, standalone_mode=False)
        if code == INTERRUPTED:  # typer's answer to Ctrl-C
            raise KeyboardInterrupt
        _leave(code if isinstance(code, int) else 0)
    except (KeyboardInterrupt, typer.Abort):
        complain(name, "interrupted; the same command goes on")
        _leave(INTERRUPTED)
    except Exception as error:
        if debug:
            traceback.print_exc()
        complain(name, _in_words(error))
        _leave(_code(error))


def _leave(code: int) -> NoReturn:
    if "tensorflow" in sys.modules:
        # Threads of its pipelines may be in Python code, and abort a process that takes it down.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def complain(name: str, message: str) -> None:
    """One line on stderr."""
    typer.echo(f"{name}: {message}", err=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    for number in _ENDING:  # a second one has nothing more to stop
        signal.signal(number, signal.SIG_IGN)
    interrupt()
    raise KeyboardInterrupt


def _code(error: Exception) -> int:
    if isinstance(error, ConfigError | ModelFileError | BackendError | _ClickException):
        return USAGE
    return FAILED


def _in_words(error: Exception) -> str:
    from faceflow.files import shown  # here, as --help is not to load numpy

    if isinstance(error, _ClickException):
        message = " ".join(error.format_message().split())
        return message if message.endswith("--help") else f"{message} (see --help)"
    if isinstance(error, FaceflowError):
        return str(error)
    if isinstance(error, OSError):
        where = f": {shown(error.filename)}" if error.filename else ""
        return f"{error.strerror or error}{where}"
    return f"unexpected {type(error).__name__}: {error} (--debug shows where)"
