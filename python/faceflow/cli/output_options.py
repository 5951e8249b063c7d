"""Options of all commands that write to an output folder."""

from __future__ import annotations

from typing import Annotated

import typer

NoLockOption = Annotated[
    bool,
    typer.Option(
        "--no-lock",
        help="Do not lock the output folder, where the file system has no locks: you make sure "
        "that no other run writes there.",
    ),
]
