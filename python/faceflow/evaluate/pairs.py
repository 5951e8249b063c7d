"""Which pairs of a dataset are looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from faceflow.dataset.choice import Foremost, lot
from faceflow.dataset.parts import read_part
from faceflow.dataset.reader import Names
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import ConfigError
from faceflow.evaluate.options import EvaluationOptions


class ChosenPair(NamedTuple):
    """A pair that is looked at."""

    number: int
    """Among all pairs of the dataset, as `open_dataset` counts them."""
    names: Names
    stem: str
    """What its flow file is called."""


def choose_pairs(tree: DatasetTree, options: EvaluationOptions) -> list[ChosenPair]:
    """The pairs that the options ask for, in the dataset's order.

    Raises
    ------
    ConfigError
        There is not one, or no such part of a split.
    DatasetError
        A record is damaged.
    """
    pairs: Iterable[ChosenPair] = _wanted(_all(tree), options)
    if options.limit is not None:
        drawn: Foremost[ChosenPair] = Foremost(options.limit)
        for pair in pairs:
            drawn.offer(lot(*pair.names), pair)
        pairs = drawn.items()
    chosen = sorted(pairs)
    if not chosen:
        raise ConfigError("DATA has no pair with flow that --part, --subjects and --sequences take")
    return chosen


def digest(pairs: Iterable[ChosenPair], root: Path) -> str:
    """Tells a list of pairs, and the dataset that they are of, from others."""
    state = hashlib.blake2b(str(root.resolve()).encode("utf-8", "surrogateescape"), digest_size=16)
    for pair in pairs:
        line = "\0".join((str(pair.number), *pair.names, pair.stem))
        state.update(b"\n" + line.encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def _all(tree: DatasetTree) -> Iterator[ChosenPair]:
    number = 0
    for layout in tree.layouts():
        for name, _ in tree.ok_pairs(RecordFile(layout.record)):
            names = Names(layout.subject, layout.sequence, name.first, name.second)
            yield ChosenPair(number, names, name.stem)
            number += 1


def _wanted(pairs: Iterable[ChosenPair], options: EvaluationOptions) -> Iterator[ChosenPair]:
    part = None if options.part is None else set(read_part(options.data, options.part))
    for pair in pairs:
        names = pair.names
        if (
            fnmatchcase(names.subject, options.subjects)
            and fnmatchcase(names.sequence, options.sequences)
            and (part is None or names in part)
        ):
            yield pair
