"""Which pairs a run is trained on, and which it is judged by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from faceflow.dataset.choice import lot
from faceflow.dataset.split import FOLDER
from faceflow.dataset.tree import DatasetTree
from faceflow.files import shown
from faceflow.learn.data.index import Pairs, open_pairs, split_pairs
from faceflow.learn.training.options import TrainOptions


@dataclass(frozen=True)
class ChosenPairs:
    """The pairs of a run, of training and of validation, which share no subject."""

    train: Pairs
    validation: Pairs | None
    notes: tuple[str, ...] = ()
    """What the user should know of the choice, a line each."""

    @property
    def identity(self) -> dict[str, Any]:
        """What another run must have the same of: pairs, frames, what the dataset was made with."""
        parts = {"train": self.train, "validation": self.validation}
        chosen = {name: pairs and _identity(pairs) for name, pairs in parts.items()}
        return {**chosen, "configuration": DatasetTree.open(self.train.root).configuration}


def choose_pairs(options: TrainOptions) -> ChosenPairs:
    """The pairs of a dataset that options ask for; records are read, frames are not.

    Raises
    ------
    ConfigError
        There are none, or the split has a subject in two parts.
    DatasetError
        The dataset, or its split, cannot be read.
    """
    chosen = _chosen(options)
    if options.limit is None or options.limit >= len(chosen.train):
        return chosen
    train = chosen.train
    lots = [lot(f"{n.subject}/{n.sequence}", n.first, n.second) for n in _names(train)]
    drawn = sorted(range(len(train)), key=lots.__getitem__)[-options.limit :]
    return replace(chosen, train=replace(train, chosen=train.chosen[sorted(drawn)]))


def _chosen(options: TrainOptions) -> ChosenPairs:
    if options.val in ("val", "test") or (options.data / FOLDER).is_dir():
        train = open_pairs(options.data, "train")
        if options.val == "none":
            return ChosenPairs(train, None)
        part = "val" if options.val == "auto" else options.val
        return ChosenPairs(train, open_pairs(options.data, part))
    pairs = open_pairs(options.data)
    if options.val == "none":
        return ChosenPairs(pairs, None)
    return _shared_out(pairs, options)


def _shared_out(pairs: Pairs, options: TrainOptions) -> ChosenPairs:
    subjects = len(pairs.subjects)
    if subjects == 1:
        only = shown(pairs.subjects[0])
        return ChosenPairs(pairs, None, (f"no validation: {only} is the only subject",))
    fractions: Sequence[float] = options.fractions
    if subjects < sum(fraction > 0 for fraction in fractions):
        most = sum(fractions[:2])
        fractions = [fractions[0] / most, fractions[1] / most, 0.0]
    parts = split_pairs(pairs, fractions, options.seed)
    return ChosenPairs(parts["train"], parts.get("val"))


def _names(pairs: Pairs) -> Iterable[Any]:
    return (pairs.names(index) for index in range(len(pairs)))


def _identity(pairs: Pairs) -> dict[str, Any]:
    names, frames = hashlib.sha256(), hashlib.sha256()
    for pair in _names(pairs):
        names.update("\t".join(pair).encode("utf-8", "surrogateescape") + b"\n")
    for place in np.unique(pairs.chosen[:, 0]).tolist():
        frames.update(pairs.sequences[place].digest())
    return {"pairs": len(pairs), "sha256": names.hexdigest(), "frames": frames.hexdigest()}
