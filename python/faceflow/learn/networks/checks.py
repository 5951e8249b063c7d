"""What a network can be made with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, Literal

from faceflow.errors import ConfigError
from faceflow.learn.networks.presets import LONGEST_SIDE, SIDE_STEP

VECTORS: tuple[Literal["crop"], Literal["frame"]] = ("crop", "frame")
"""What a network's predictions may be in pixels of."""

_WIDEST = 4.0  # of width_multiplier


def check_arguments(
    height: Any = SIDE_STEP,
    width: Any = SIDE_STEP,
    width_multiplier: Any = 1.0,
    redirect: Any = None,
    vectors: Any = "crop",
) -> list[tuple[int, int]]:
    """Look at a network's arguments before anything is made of them.

    Parameters
    ----------
    height, width, width_multiplier, redirect, vectors
        As of `FlowNetS`, from anywhere.

    Returns
    -------
    redirections
        (i, j) each.

    Raises
    ------
    ConfigError
        The network cannot have one of them.

    Examples
    --------
    >>> check_arguments(64, 128, redirect=[[1, 3]])
    [(1, 3)]
    """
    for name, side in (("height", height), ("width", width)):
        whole = isinstance(side, int) and side % SIDE_STEP == 0
        if not whole or not SIDE_STEP <= side <= LONGEST_SIDE:
            raise ConfigError(
                f"{name} is {side}, multiples of {SIDE_STEP} up to {LONGEST_SIDE} are taken"
            )
    is_number = isinstance(width_multiplier, Real)
    if not is_number or not 0 < width_multiplier <= _WIDEST:
        raise ConfigError(
            f"width_multiplier is {width_multiplier}, over 0 and up to {_WIDEST:g} is taken"
        )
    if vectors not in VECTORS:
        raise ConfigError(f"vectors {vectors!r} is not taken: crop and frame are")
    return [] if redirect is None else _redirections(redirect)


def _redirections(redirect: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    try:
        pairs = [tuple(pair) for pair in redirect]
    except TypeError:
        raise ConfigError(f"redirect is {redirect!r}, pairs (i, j) are taken") from None
    checked: list[tuple[int, int]] = []
    for pair in pairs:
        if len(pair) != 2 or not all(isinstance(layer, Integral) for layer in pair):
            raise ConfigError(f"redirect {pair} is not taken: two whole numbers (i, j) are")
        i, j = map(int, pair)
        _check_redirection(i, j)
        if (i, j) in checked:
            raise ConfigError(f"redirect ({i}, {j}) is there twice, once is taken")
        checked.append((i, j))
    return checked


def _check_redirection(i: int, j: int) -> None:
    if j == 2:
        raise ConfigError(
            f"redirect ({i}, {j}) leads into layer 2, which has no second convolution to take it: "
            "layers 3 to 6 are taken"
        )
    if not (1 <= i < j and 3 <= j <= 6):
        raise ConfigError(
            f"redirect ({i}, {j}) is not taken: (i, j) with i < j, i from 1 and j from 3 to 6 is"
        )
