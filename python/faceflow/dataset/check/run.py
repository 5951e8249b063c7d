"""The check of a whole dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from faceflow import opencv
from faceflow.dataset.check.advice import advice
from faceflow.dataset.check.deep import check_pair
from faceflow.dataset.check.findings import Fault, Findings, Part
from faceflow.dataset.check.inside import is_link_out, is_unreadable, parts_leading_out
from faceflow.dataset.check.opened import DrawnPair, OpenedSequence, open_sequence
from faceflow.dataset.check.records import totals_fault, unfinished_sequences
from faceflow.dataset.check.sequence import FilesCheck
from faceflow.dataset.check.shards import ShardsCheck
from faceflow.dataset.choice import Foremost
from faceflow.dataset.layout import SequenceLayout, configuration_path, landmark_table_path
from faceflow.dataset.log import is_in_use
from faceflow.dataset.records import Totals
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import ConfigError, DatasetError
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Stream, Task, Work
from faceflow.files import TEMPORARY_PREFIX, shown
from faceflow.progress import Progress

MOST_SAMPLED = 100_000

_UNCOUNTED = ("record", "unfinished", "outside", "unreadable")
"""Where there is any of these, a sequence's frames may be missing in the sums."""


@dataclass(frozen=True)
class CheckOptions:
    """How thorough a check is.

    Raises
    ------
    ConfigError
        A sample that is none.
    """

    sample: int = 0
    """Pairs whose flow is recomputed."""
    workers: int | None = None
    most: int | None = None
    """Faults to keep; None for all."""

    def __post_init__(self) -> None:
        if not 0 <= self.sample <= MOST_SAMPLED:
            raise ConfigError(f"--sample {self.sample} is not taken: 0 to {MOST_SAMPLED} are")


@dataclass(frozen=True)
class Checked:
    """What came of a check."""

    findings: Findings
    totals: Totals
    """Of the records."""
    in_use: bool
    """Whether a run was making the dataset meanwhile."""
    advice: list[str]
    """What it takes to mend it, a line each."""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        findings = self.findings
        return {
            "sound": findings.sound,
            "in_use": self.in_use,
            "totals": self.totals.as_json(),
            "files": findings.files,
            "flows_recomputed": findings.flows,
            "faults_by_kind": dict(sorted(findings.kinds.items())),
            "faults": [
                {"kind": fault.kind, "sequence": fault.sequence, "what": fault.line}
                for fault in (*findings.faults, *findings.extra)
            ],
            "delete": findings.delete,
            "advice": self.advice,
        }


def check_dataset(root: Path, options: CheckOptions, progress: Progress) -> Checked:
    """Look at every record and file of a dataset; nothing is written, nor anything held.

    Parameters
    ----------
    root
        The dataset's folder.
    options
        How thorough.
    progress
        Told about sequences, and about pairs that are recomputed.

    Raises
    ------
    ConfigError
        There is no dataset.
    """
    _check_is_dataset(root)
    in_use = is_in_use(root)
    findings, totals = Findings(options.most), Totals()
    tree = _open(root)
    if isinstance(tree, Fault):
        findings.add([tree])
    else:
        _Check(tree, options, findings, totals).run(progress)
        in_use = in_use or is_in_use(root)
    return Checked(findings, totals, in_use, advice(root, options.sample, findings))


def _open(root: Path) -> DatasetTree | Fault:
    path = configuration_path(root)
    if is_link_out(root, path):
        return Fault("outside", "", f"{path.name} is a link out of the dataset")
    try:
        return DatasetTree.open(root)
    except DatasetError as error:
        if is_unreadable(path):
            return Fault("unreadable", "", str(error))
        return Fault("record", "", str(error), (path.name,) if path.exists() else ())


def _check_is_dataset(root: Path) -> None:
    if not root.is_dir():
        raise ConfigError(f"OUTPUT {shown(root)} is no folder")
    path = configuration_path(root)
    if path.exists() or path.is_symlink() or next(root.glob("*/*/sequence.json"), None):
        return
    if landmark_table_path(root).exists():
        raise ConfigError(f"{shown(root)} holds what faceflow landmarks found, and no dataset")
    raise ConfigError(f"OUTPUT {shown(root)} is no dataset: it has no {path.name}")


def is_sound(tree: DatasetTree, layout: SequenceLayout) -> bool:
    """Whether a sequence's record and all its files are there and whole, as `check_dataset` looks
    at them without recomputing any flow."""
    opened = open_sequence(tree, layout)
    if isinstance(opened, Fault):
        return False
    findings = Findings()
    opened.count(findings, Totals(), Foremost(1))
    for stage in _checks(opened).stages():
        for task in stage.items if isinstance(stage, Stream) else stage:
            findings.take(_guarded(opened, task))
    return findings.sound


def _checks(opened: OpenedSequence) -> FilesCheck | ShardsCheck:
    return ShardsCheck(opened) if opened.tree.in_shards else FilesCheck(opened)


class _Check:
    def __init__(
        self, tree: DatasetTree, options: CheckOptions, findings: Findings, totals: Totals
    ) -> None:
        self.tree = tree
        self.executor = LocalExecutor(options.workers)
        self.findings = findings
        self.totals = totals
        self.sampled = options.sample > 0
        self.drawn: Foremost[DrawnPair] = Foremost(max(options.sample, 1))

    def run(self, progress: Progress) -> None:
        layouts = list(self.tree.layouts())
        progress.start("sequences", len(layouts))
        for faults in self._run(self._sequence(layout) for layout in layouts):
            progress.advance(1, int(faults > 0))
        self._check_whole()
        if self.sampled:
            pairs = self.drawn.items()
            progress.start("pairs recomputed", len(pairs))
            for faults in self._run(self._pair(pair) for pair in pairs):
                progress.advance(1, int(faults > 0))

    def _run(self, works: Iterable[Work[int]]) -> Iterator[int]:
        with opencv.one_thread():
            yield from self.executor.run(works, self._take)

    def _take(self, part: object) -> None:
        if isinstance(part, Part):  # the first part of a sequence opens it
            self.findings.take(part)

    def _pair(self, pair: DrawnPair) -> Work[int]:
        (part,) = yield [partial(check_pair, pair)]
        return len(part.faults)

    def _sequence(self, layout: SequenceLayout) -> Work[int]:
        before = self.findings.kinds.total()
        outside = parts_leading_out(layout)
        if outside:
            self.findings.add(outside)
            return len(outside)
        (opened,) = yield [partial(open_sequence, self.tree, layout)]
        if isinstance(opened, Fault):
            self.findings.add([opened])
            return 1
        opened.count(self.findings, self.totals, self.drawn)
        for stage in _checks(opened).stages():
            if isinstance(stage, Stream):
                yield Stream.of_tasks(partial(_guarded, opened, task) for task in stage.items)
            else:
                yield [partial(_guarded, opened, task) for task in stage]
        return self.findings.kinds.total() - before

    def _check_whole(self) -> None:
        """What is no sequence's: dataset.json, what was begun, and what a killed run has left."""
        for subject, sequence in unfinished_sequences(self.tree):
            name = f"{subject}/{sequence}"
            line = f"{shown(name)} was begun and has no sequence.json"
            self.findings.add([Fault("unfinished", name, line)])
        for path in self.tree.root.glob(f"{TEMPORARY_PREFIX}*"):
            self.findings.add([Fault("extra", "", f"{shown(path.name)} is in no record")])
        if self.tree.facts.get("totals") is None:
            line = "dataset.json has no totals: the run that made it has not ended"
            self.findings.add([Fault("unfinished", "", line)])
        elif not any(self.findings.kinds[kind] for kind in _UNCOUNTED):
            fault = totals_fault(self.tree, self.totals)
            self.findings.add([] if fault is None else [fault])


def _guarded(opened: OpenedSequence, task: Task) -> Part:
    """What a part finds; its record may be taken away meanwhile, by a run."""
    try:
        part: Part = task()
    except DatasetError as error:
        part = Part([Fault("record", opened.name, str(error))])
    return part
