"""An audit of a whole dataset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceflow import opencv
from faceflow.audit.folders import Folders
from faceflow.audit.measure import Measured, measure_pair
from faceflow.audit.ours import OurDataset
from faceflow.audit.pairs import Pair, PairsOf
from faceflow.audit.tally import Tally
from faceflow.dataset.choice import Foremost, lot
from faceflow.dataset.layout import configuration_path
from faceflow.errors import ConfigError, DatasetError
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Stream, Work
from faceflow.files import shown
from faceflow.methods.registry import ESTIMATORS
from faceflow.progress import Progress

ALWAYS = ("zero", "dis")
"""The estimators that every label is measured beside."""


@dataclass(frozen=True)
class AuditOptions:
    """What is looked at.

    Raises
    ------
    ConfigError
        An estimator that there is not.
    """

    images: Path | None = None
    """Where the frames of flow files lie, if not beside them."""
    negated: bool = False
    """Whether flow files hold minus the flow."""
    also: tuple[str, ...] = ()
    """More estimators."""
    every: int = 1
    """Of each sequence every so many-th pair, from its first."""
    limit: int | None = None
    """At most so many pairs, drawn by lot, always the same ones."""
    workers: int | None = None

    def __post_init__(self) -> None:
        for name in self.also:
            if name not in ESTIMATORS or name in ALWAYS:
                taken = ", ".join(name for name in ESTIMATORS if name not in ALWAYS)
                raise ConfigError(f"--also {name!r} is not taken: {taken} are")

    @property
    def methods(self) -> tuple[str, ...]:
        """All estimators, each once."""
        return tuple(dict.fromkeys((*ALWAYS, *self.also)))


def open_pairs(root: Path, options: AuditOptions) -> PairsOf:
    """A dataset of ours, or a folder of flow files.

    Raises
    ------
    ConfigError
        There is no such folder, or options for flow files on a dataset of ours; or the folder is a
        part of one, whose records say which frames its flow is between.
    DatasetError
        ``dataset.json`` is there and cannot be read.
    """
    if not configuration_path(root).exists():
        for whole in root.absolute().parents[:2]:
            if configuration_path(whole).exists():
                raise ConfigError(
                    f"DATASET {shown(root)} is a part of one: {shown(whole)} is taken"
                )
        return Folders(root, options.images, options.negated)
    if options.images is not None or options.negated:
        raise ConfigError("--images and --negated are for flow files; DATASET has a dataset.json")
    return OurDataset(root)


def audit(dataset: PairsOf, options: AuditOptions, progress: Progress) -> Tally:
    """Measure the labels of a dataset, or of a sample of it; nothing is written.

    Parameters
    ----------
    dataset
        From `open_pairs`.
    options
        What to look at.
    progress
        Told about sequences as they are listed, and about pairs.

    Raises
    ------
    ConfigError
        There is not one pair.
    """
    audited = _Audit(dataset, options)
    audited.list_pairs()
    if not audited.total and not audited.tally.problem_count:
        raise ConfigError("DATASET has no pair of frames with flow; see --help for what is taken")
    progress.start("pairs", audited.total)

    def told(part: object) -> None:
        assert isinstance(part, Measured)
        audited.tally.add(part)
        progress.advance(1, int(part.problem is not None))

    with opencv.one_thread():
        for _ in LocalExecutor(options.workers).run([audited.work()], told):
            pass
    audited.tally.order(audited.names)
    return audited.tally


class _Audit:
    def __init__(self, dataset: PairsOf, options: AuditOptions) -> None:
        self.dataset = dataset
        self.options = options
        self.tally = Tally(options.methods)
        self.names: list[str] = []
        self.total = 0
        self._least = -1
        """The lot from which on a pair is taken."""

    def list_pairs(self) -> None:
        """Count them, and draw lots where there are to be fewer."""
        limit = self.options.limit
        drawn: Foremost[int] = Foremost(max(limit or 1, 1))
        for name, pairs in self.dataset.sequences():
            self.names.append(name)
            try:
                for pair in self._every(pairs):
                    self.total += 1
                    drawn.offer(_lot(pair), _lot(pair))
            except DatasetError as error:
                self.tally.add_problem(f"{shown(name)}: {error}")
        if limit is not None and limit < self.total:
            self._least, self.total = min(drawn.items()), limit

    def work(self) -> Work[None]:
        yield Stream(measure_pair, self.options.methods, self._pairs())

    def _pairs(self) -> Iterator[Pair]:
        for _, pairs in self.dataset.sequences():
            try:
                yield from (pair for pair in self._every(pairs) if _lot(pair) >= self._least)
            except DatasetError:  # told when it was listed
                continue

    def _every(self, pairs: Iterator[Pair]) -> Iterator[Pair]:
        return (pair for pair in pairs if pair.place % self.options.every == 0)


def _lot(pair: Pair) -> int:
    return lot(pair.sequence, pair.first, pair.second)


def summary(dataset: PairsOf, tally: Tally) -> dict[str, Any]:
    """What was found, for programs."""
    measured = bool(tally.sequences)
    return {
        "dataset": dataset.kind,
        "pairs": tally.pairs,
        "errors": {k: round(v, 4) for k, v in tally.means.items()} if measured else {},
        "quality": round(tally.quality, 4) if measured else None,
        "worse_than_none": round(tally.worse, 4),
        "better_negated": round(tally.better_negated, 4),
        "sequences": [sequence.as_json() for sequence in tally.sequences],
        "problems": tally.problem_count,
        "first_problems": tally.problems,
    }
