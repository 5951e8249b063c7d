"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def say_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells on stdout: the first column to the left, numbers to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        typer.echo("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
