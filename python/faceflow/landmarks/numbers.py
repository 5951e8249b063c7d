"""Numbers in landmark files, and how what is none is quoted."""

from __future__ import annotations

import math
import re

from faceflow.flow.checks import MAX_COORDINATE

# What a number looks like in a file; `float` alone would also take 1_000 and the digits of any
# script. Names of what is not finite are told apart only for the sake of the message.
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NOT_FINITE = re.compile(r"[+-]?(?:nan(?:\(\w*\))?|inf(?:inity)?)", re.IGNORECASE)

_LONGEST_QUOTE = 60


def parse_coordinate(text: str) -> float:
    """A coordinate in pixels: decimal or scientific, finite, within +-1e8.

    Raises
    ------
    ValueError
        Anything else, in words that follow the name of the thing.

    Examples
    --------
    >>> parse_coordinate("1.5e2")
    150.0
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not finite" if _NOT_FINITE.fullmatch(text) else "is not a number")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("is not finite")
    if abs(value) > MAX_COORDINATE:
        raise ValueError(f"is beyond {MAX_COORDINATE:.0e} pixels")
    return value


def quoted(text: str) -> str:
    """What a message quotes of a file: on one line, and not too long.

    Examples
    --------
    >>> print(quoted("nan\\t" * 40))
    'nan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\tnan\\t...'
    """
    return repr(text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "...")
