"""TensorFlow without its chatter.

Its libraries write to the process's file 2 themselves, from the moment that they are loaded on and
from threads that outlive what started them, whatever their variables say.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path


def silence(log: Path | None = None) -> None:
    """Send what native code writes to stderr into a log, to the end of the process.

    What Python prints to ``sys.stderr`` still goes where it went, but for warnings of libraries.

    Parameters
    ----------
    log
        A file, which is appended to; by default nothing is kept.
    """
    for name in ("tensorflow", "absl"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    sys.stderr.flush()
    kept = os.fdopen(os.dup(2), "wb")
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    sys.stderr = io.TextIOWrapper(kept, encoding, errors, line_buffering=True)
    with open(log or os.devnull, "ab") as chatter:  # noqa: PTH123 - may be no path
        os.dup2(chatter.fileno(), 2)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """`silence` for a while: what is written meanwhile is not kept."""
    before = sys.stderr
    with warnings.catch_warnings():
        silence()
        try:
            yield
        finally:
            within, sys.stderr = sys.stderr, before
            within.flush()
            os.dup2(within.fileno(), 2)
            within.close()
