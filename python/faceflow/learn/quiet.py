"""TensorFlow without its chatter."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def quiet(log: Path | None = None) -> Iterator[None]:
    """Send what native code writes to stderr into a log; what Python prints there stays.

    TensorFlow's libraries write to the process's file 2 themselves, from the moment that they are
    loaded on, whatever their variables say. Warnings of Python libraries are left out.

    Parameters
    ----------
    log
        A file, which is appended to; by default nothing is kept.
    """
    for name in ("tensorflow", "absl"):
        logging.getLogger(name).setLevel(logging.ERROR)
    sys.stderr.flush()
    kept = os.dup(2)
    before = sys.stderr
    try:
        with open(log or os.devnull, "ab") as chatter:  # noqa: PTH123 - may be no path
            os.dup2(chatter.fileno(), 2)
        sys.stderr = io.TextIOWrapper(
            os.fdopen(kept, "wb", closefd=False), before.encoding, before.errors, None, True
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stderr.flush()
        sys.stderr = before
        os.dup2(kept, 2)
        os.close(kept)
