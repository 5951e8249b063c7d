"""What a run says when it ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from faceflow.dataset.log import FaultList


def say_faults(faults: FaultList, output: Path) -> None:
    """The first of what is not ``ok``, on stderr."""
    from faceflow.dataset.layout import log_path

    for fault in faults.lines:
        typer.echo(fault, err=True)
    if len(faults.lines) == faults.MOST:
        typer.echo(f"the rest is in {log_path(output).name} and the records", err=True)


def say_problems(problems: dict[str, str]) -> None:
    """The sequences that nothing can be made of, on stderr."""
    for name, problem in problems.items():
        typer.echo(f"{name}: {problem}", err=True)


def say_totals(totals: dict[str, Any]) -> None:
    """How many frames, and pairs if any were asked for, ended how, on stdout."""
    for what in ("frames", "pairs"):
        if what not in totals:
            continue
        numbers = totals[what]
        line = f"{what}: {numbers['ok']} ok, {numbers['failed']} failed"
        reasons = totals[f"{what[:-1]}_reasons"]
        details = ", ".join(f"{reason} {number}" for reason, number in reasons.items())
        line += f", {numbers['skipped']} skipped" + (f" ({details})" if details else "")
        if what == "pairs" and totals.get("jumps"):
            line += f"; {totals['jumps']} of them jump"
        typer.echo(line)
