"""Exceptions carried through TensorFlow, which makes other ones of them."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator

from faceflow.errors import FaceflowError

_MARK = re.compile(r"faceflow-failure-(\d+)-")
_MOST = 64
"""That are remembered: each thread may have one before the first is seen."""

_failures: dict[int, FaceflowError] = {}
_numbers = itertools.count()


class CarriedError(RuntimeError):
    """What TensorFlow is given in place of an exception of ours; its text says which."""


@contextlib.contextmanager
def carried() -> Iterator[None]:
    """In a function that TensorFlow calls: remember an exception of the package."""
    try:
        yield
    except FaceflowError as error:
        number = next(_numbers)
        _failures[number] = error
        _failures.pop(number - _MOST, None)
        raise CarriedError(f"faceflow-failure-{number}- {error}") from error


@contextlib.contextmanager
def own_errors() -> Iterator[None]:
    """Around whatever reads a pipeline, as ``model.fit`` does: raise what was raised within.

    Raises
    ------
    FaceflowError
        What an example could not be made for, as `make_example` raised it.
    """
    try:
        yield
    except Exception as error:
        mark = _MARK.search(str(error))
        original = _failures.pop(int(mark[1]), None) if mark else None
        if original is None:
            raise
        raise original from None
