"""Which kernels a command runs on, said where the user did not choose them."""

from __future__ import annotations

import os

import typer


def settle_kernels() -> None:
    """Choose the kernels before any work; say so where numba stands in for the extension.

    Raises
    ------
    BackendError
        ``FACEFLOW_BACKEND`` forces a kernel that is not there.
    """
    # Here and not above, as --help is not to load numpy.
    from faceflow.flow.backend import VARIABLE, choose

    if choose().backend == "numba" and os.environ.get(VARIABLE) != "numba":
        typer.echo(
            "no compiled extension (see faceflow doctor): numba compiles the kernels at the first "
            "run, which takes half a minute",
            err=True,
        )
