"""A whole run of ``faceflow-gen``."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import faceflow
from faceflow import opencv
from faceflow.dataset.flowfile import VISIBLE
from faceflow.dataset.layout import (
    configuration_path,
    landmark_table_path,
    report_path,
    state_path,
)
from faceflow.dataset.log import FaultList, claimed, in_words
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.records import Totals, read_json, write_json
from faceflow.errors import ConfigError, DatasetError
from faceflow.execute.executor import Executor
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Work
from faceflow.files import shown
from faceflow.generate.config import GenerateConfig
from faceflow.generate.made import UnitRecord
from faceflow.generate.outline import outline
from faceflow.generate.plan import SequencePlan
from faceflow.generate.refinement import Motions, motions_of
from faceflow.generate.sequence import Made, finished, work
from faceflow.generate.state import Inputs, RunState
from faceflow.generate.sync import DiskSync
from faceflow.generate.transfers import Transfer, find_transfers
from faceflow.landmarks.source import make_source
from faceflow.progress import Progress
from faceflow.sequences import find_sequences, sequence_names

_log = logging.getLogger("faceflow")

_ASSUMED = {
    **{"writer": "files", "images": "real", "refine": "none", "extend": "none", "decode": "full"},
    "quality": False,
    "refine_with": "dis",
}
"""Of datasets whose configuration does not say it."""

_FIRST = ("writer", "images")
"""What a difference is told of before others, which follow from it."""


@dataclass(frozen=True)
class Selection:
    """What to make a dataset from, and where to put it."""

    images: Path
    output: Path
    subjects: str = "*"
    sequences: str = "*"
    limit: int | None = None


def plan_run(selection: Selection, config: GenerateConfig) -> list[SequencePlan]:
    """Find the sequences and plan each; nothing is written.

    Raises
    ------
    ConfigError
        There is nothing to do, or output and input lie in one another.
    """
    table, dataset = (path(selection.output) for path in (landmark_table_path, configuration_path))
    if table.exists() and not dataset.exists():
        raise ConfigError(
            f"OUTPUT {shown(selection.output)} holds what faceflow landmarks found; "
            "a dataset needs a folder of its own"
        )
    where = selection.images, selection.output, config.landmarks.landmarks_dir
    patterns = selection.subjects, selection.sequences
    if config.rendering.motions is not None:
        transfers = find_transfers(*where, config.rendering, *patterns)
        return list(_outlines(transfers, selection, config))
    folders = find_sequences(*where, *patterns)
    return list(_outlines(map(Transfer, folders), selection, config))


def _outlines(
    transfers: Iterable[Transfer], selection: Selection, config: GenerateConfig
) -> Iterator[SequencePlan]:
    left = selection.limit
    siblings: dict[str, list[str]] = {}
    for folder, portraits, motion in transfers:
        if left is not None and left <= 0:
            return
        subject = folder.subject
        if portraits is None and subject not in siblings:
            siblings[subject] = sequence_names(selection.images / subject)
        plan = outline(folder, selection.output, config, left, siblings.get(subject, ()))
        if left is not None and plan.folder.problem is None:
            left -= plan.pairs
        yield replace(plan, portraits=portraits, reader=motion)


class Run:
    """Makes what is planned, sequence by sequence, and sums it up.

    Parameters
    ----------
    selection, config, plans
        What is made, and how. Workers on other machines need absolute paths.
    executor
        Who does the work; by default this machine's cores.
    overwrite
        Make anew what is there.
    images
        Whether the report shows faces.
    lock
        Lock the output folder.

    Raises
    ------
    ConfigError
        What is to find the landmarks is not installed.
    """

    def __init__(
        self,
        selection: Selection,
        config: GenerateConfig,
        plans: list[SequencePlan],
        executor: Executor | None = None,
        overwrite: bool = False,
        images: bool = True,
        lock: bool = True,
    ) -> None:
        self.selection = selection
        self.config = config
        self.plans = plans
        self.executor = executor or LocalExecutor()
        self.overwrite = overwrite
        self.images = images
        self.lock = lock
        self.source = make_source(config.landmarks, selection.output, self.executor, config.size)
        self.problems = {p.folder.name: p.folder.problem for p in plans if p.folder.problem}
        self.faults = FaultList()
        """Of the sequences that this run made."""
        self.changes = FaultList()
        """The sequences that are made anew, as what they are made from is another now."""
        self._before: dict[str, Any] | None = None

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the output folder for this run, whose log goes there.

        Raises
        ------
        ConfigError
            It cannot be written, is in use by another run, or holds a dataset made otherwise; or
            the executor cannot work on it.
        OSError
            The disk is full.
        """
        output = self.selection.output
        with claimed(output, lock=self.lock), self.executor.ready():
            with in_words(output):
                self._start()
            yield

    def _start(self) -> None:
        output = self.selection.output
        path = configuration_path(output)
        with contextlib.suppress(DatasetError):
            self._before = read_json(path)
        difference = self._difference(path) if path.exists() else None
        if difference is not None and not self.overwrite:
            raise ConfigError(difference)
        if self.overwrite:
            with RunState(state_path(output)) as state:
                keys = [plan.folder.key for plan in self.plans]
                state.forget(keys if difference is None else None)
            for record in output.glob("*/*/sequence.json") if difference is not None else ():
                record.unlink()
        write_json(path, self._summary(None))

    def _difference(self, path: Path) -> str | None:
        """What the dataset that is there was made with otherwise; one dataset, one way."""
        try:
            made_with = read_json(path).get("configuration")
        except DatasetError as error:
            made_with = error
        if not isinstance(made_with, dict):
            why = made_with or f"{shown(path)} has no configuration"
            return f"OUTPUT cannot be gone on with: {why}; take another folder, or --overwrite"
        made_with, wanted = ({**_ASSUMED, **c} for c in (made_with, self.config.defining()))
        for name in sorted({*wanted, *made_with}, key=lambda name: (name not in _FIRST, name)):
            if made_with.get(name) != wanted.get(name):
                option = shown(name.replace("_", "-"))
                before, now = _as_given(option, made_with.get(name), wanted.get(name))
                return (
                    f"OUTPUT was made {before}, now it is {now}; take the same, another folder, or "
                    "--overwrite"
                )
        return None

    def make(self, progress: Progress) -> dict[str, Any]:
        """Make everything that is not there yet; return the summary.

        Raises
        ------
        OSError
            The disk is full or failing. What is there is whole; the same command goes on.
        """
        for name, problem in self.problems.items():
            _log.error("%s: %s", name, problem)
        with opencv.one_thread(), RunState(state_path(self.selection.output)) as state:
            works, told = self._works(state, progress), partial(_told, state, progress)
            disk = DiskSync(state, self.executor.sync)
            for made in self.executor.run(works, told):
                if made is not None:
                    self._note(made)
                    disk.finished(made.plan.folder.key)
            disk.note()
            totals = self._totals(state)
        return self._conclude(self._summary(totals))

    def _conclude(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Write the summary and the page; the page stays where nothing on it would change."""
        output = self.selection.output
        write_json(configuration_path(output), summary)
        if summary != self._before or not report_path(output).exists():
            from faceflow.report.page import write_report  # a run that changes nothing needs none

            write_report(output, self.images)
        return summary

    def _works(self, state: RunState, progress: Progress) -> Iterator[Work[Made | None]]:
        sound = [plan for plan in self.plans if plan.folder.problem is None]
        inputs = {plan.folder.key: self._inputs(plan) for plan in sound}
        todo = [plan for plan in sound if not finished(plan, inputs[plan.folder.key], state)]
        for plan in todo:
            self._tell_change(plan, inputs[plan.folder.key], state)
        if todo:
            report_path(self.selection.output).unlink(missing_ok=True)  # it tells of what was
        asked = {plan.asked.key: plan.asked for plan in todo}
        read = self.source.find(list(asked.values()), progress)
        what = "frames, motions and pairs" if self.config.refines else "frames and pairs"
        progress.start(what, _count(sound))
        progress.advance(_count(sound) - _count(todo), 0)
        return (
            work(
                plan,
                inputs[plan.folder.key],
                read(plan.asked),
                state,
                self.executor.stopped,
                self.faults.add,
            )
            for plan in todo
        )

    def _inputs(self, plan: SequencePlan) -> Inputs:
        if plan.portraits is None:
            return Inputs(plan.folder.digest, self.source.digest(plan.folder))
        shown = self.source.digest(plan.portraits.photographs)
        return Inputs(plan.portraits.digest, shown + plan.folder.digest)

    def _tell_change(self, plan: SequencePlan, inputs: Inputs, state: RunState) -> None:
        before = state.inputs(plan.folder.key)
        if before is not None and before != inputs:
            what = "images" if before.images != inputs.images else "landmarks"
            change = f"{plan.folder.name}: its {what} have changed since it was made; made anew"
            self.changes.add([change])

    def _note(self, made: Made) -> None:
        pairs = made.totals.pairs
        _log.info("%s: %d of %d pairs", made.plan.folder.name, pairs["ok"], pairs.total())

    def _totals(self, state: RunState) -> Totals:
        """Of all sequences that lie in the output, also of earlier runs with others."""
        totals = Totals()
        for path in sorted(self.selection.output.glob("*/*/sequence.json")):
            done = state.finished(os.fsencode("/".join(path.parts[-3:-1])))
            if done is not None:
                totals.merge(done.totals)
                continue
            record = RecordFile(path)
            totals.sequences += 1
            totals.add(record.frames(), record.pairs())
        return totals

    def _summary(self, totals: Totals | None) -> dict[str, Any]:
        return {
            "configuration": self.config.defining(),
            "versions": {
                "faceflow": faceflow.__version__,
                "numpy": np.__version__,
                "opencv": opencv.cv2.__version__,
                **self.source.versions(),
            },
            "pictures": {
                "viz": self.config.viz,
                "max_flow": self.config.max_flow,
                "faces_in_report": self.images,
            },
            "totals": None if totals is None else totals.as_json(),
            "problems": self.problems,
        }


def _as_given(option: str, before: object, now: object) -> tuple[str, str]:
    """Two values of an option, as the words that ask for them."""
    switches = [value is None or isinstance(value, bool) for value in (before, now)]
    if not any(switches):
        return f"with --{option} {before!a}", f"{now!a}"
    both = before not in (None, False) and now not in (None, False)
    return _asked(option, before, both), _asked(option, now, both)


def _asked(option: str, value: object, valued: bool) -> str:
    if value is None or value is False:
        return f"without --{option}"
    bare = value is True or (value == VISIBLE and not valued)
    return f"with --{option}" if bare else f"with --{option} {value!a}"


def _count(plans: list[SequencePlan]) -> int:
    return sum(len(plan.folder.images) + plan.pairs + motions_of(plan) for plan in plans)


def _told(state: RunState, progress: Progress, part: object) -> None:
    if isinstance(part, UnitRecord):  # the first part of a sequence gives its plan
        state.put(part)
        progress.advance(len(part.frames) + len(part.pairs), part.failed())
    elif isinstance(part, Motions):
        progress.advance(part.measured, 0)
