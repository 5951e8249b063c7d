"""A whole run of ``faceflow-gen``."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import faceflow
from faceflow import opencv
from faceflow.dataset.layout import configuration_path
from faceflow.dataset.log import logging_to
from faceflow.dataset.records import (
    FrameRecord,
    PairRecord,
    SequenceRecord,
    count,
    faults,
    read_json,
    read_record,
    write_json,
)
from faceflow.errors import ConfigError, DatasetError
from faceflow.execute.local import run_locally
from faceflow.execute.work import Work
from faceflow.files import TEMPORARY_PREFIX, os_reason, shown
from faceflow.generate.config import GenerateConfig
from faceflow.generate.plan import SequencePlan, outline
from faceflow.generate.sequence import finished, work
from faceflow.sequences import SequenceFolder, scan

MOST_FAULTS = 20
"""How many faults a run lists; the log and the records have all."""

_log = logging.getLogger("faceflow")


class Progress(Protocol):
    """Who is told how far the run is."""

    def total(self, frames: int, pairs: int) -> None: ...

    def advance(self, frames: int, pairs: int, failed: int) -> None: ...


@dataclass(frozen=True)
class Selection:
    """What to make a dataset from, and where to put it."""

    images: Path
    output: Path
    landmarks_folder: Path
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
    _check_folders(selection)
    folders = scan(selection.images, selection.subjects, selection.sequences)
    if not folders:
        raise ConfigError(
            f"no sequences in {shown(selection.images)}: folders "
            "<subject>/<sequence>/ with images are taken"
        )
    return list(_outlines(folders, selection, config))


def _outlines(
    folders: list[SequenceFolder], selection: Selection, config: GenerateConfig
) -> Iterator[SequencePlan]:
    left = selection.limit
    for folder in folders:
        if left is not None and left <= 0:
            return
        plan = outline(folder, selection.output, config, left)
        if left is not None and plan.folder.problem is None:
            left -= len(plan.pairs)
        yield plan


def _check_folders(selection: Selection) -> None:
    images, output = selection.images.resolve(), selection.output.resolve()
    if not images.is_dir():
        raise ConfigError(f"IMAGES {shown(selection.images)} is no folder")
    if output == images or images in output.parents:
        raise ConfigError(
            f"OUTPUT {shown(selection.output)} lies in IMAGES {shown(selection.images)}; a folder "
            "apart is taken"
        )
    if not selection.landmarks_folder.is_dir():
        raise ConfigError(
            f"no landmarks folder {shown(selection.landmarks_folder)}: name one "
            "with --landmarks-dir"
        )
    landmarks = selection.landmarks_folder.resolve()
    if output == landmarks or landmarks in output.parents:
        raise ConfigError(f"OUTPUT {shown(selection.output)} lies in the landmarks folder")


class Run:
    """Makes what is planned, sequence by sequence, and sums it up."""

    def __init__(
        self,
        selection: Selection,
        config: GenerateConfig,
        plans: list[SequencePlan],
        workers: int | None = None,
        overwrite: bool = False,
    ) -> None:
        self.selection = selection
        self.config = config
        self.plans = plans
        self.workers = workers or _cores()
        self.overwrite = overwrite
        self.problems = {p.folder.name: p.folder.problem for p in plans if p.folder.problem}
        self.faults: list[str] = []
        """The first of what is not ``ok`` in the sequences that this run made, a line each."""
        self._stop = threading.Event()

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the output folder for this run, whose log goes there.

        Raises
        ------
        ConfigError
            It cannot be written, is in use by another run, or holds a dataset made otherwise.
        OSError
            The disk is full.
        """
        with ExitStack() as stack:
            try:
                self.selection.output.mkdir(parents=True, exist_ok=True)
                stack.enter_context(logging_to(self.selection.output))
                self._start()
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise
                output = shown(self.selection.output)
                raise ConfigError(
                    f"OUTPUT {output} cannot be written: {os_reason(error)}"
                ) from error
            yield

    def _start(self) -> None:
        output = self.selection.output
        path = configuration_path(output)
        difference = self._difference(path) if path.exists() else None
        if difference is not None and not self.overwrite:
            raise ConfigError(difference)
        if self.overwrite:
            chosen = [plan.layout.record for plan in self.plans]
            for record in chosen if difference is None else output.glob("*/*/sequence.json"):
                record.unlink(missing_ok=True)
        for left in output.glob(f"{TEMPORARY_PREFIX}*"):  # by a run that was killed
            left.unlink()
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
        wanted = self.config.defining()
        for name in sorted({*wanted, *made_with}):
            if made_with.get(name) != wanted.get(name):
                option = shown(name.replace("_", "-"))
                return (
                    f"OUTPUT was made with --{option} {made_with.get(name)!a}, now it is "
                    f"{wanted.get(name)!a}; take the same, another folder, or --overwrite"
                )
        return None

    def make(self, progress: Progress) -> dict[str, Any]:
        """Make everything that is not there yet; return the summary.

        Raises
        ------
        OSError
            The disk is full or failing. What is there is whole; the same command goes on.
        """
        cv2_threads = opencv.cv2.getNumThreads()
        opencv.cv2.setNumThreads(1)  # the frames are shared out over threads, not each frame
        try:
            for name, problem in self.problems.items():
                _log.error("%s: %s", name, problem)
            progress.total(*self._counts())
            works = self._works(progress)
            for record in run_locally(
                works, self.workers, self._stop.set, lambda part: _advance(progress, part)
            ):
                _log_record(record)
                self.faults += islice(faults(record), MOST_FAULTS - len(self.faults))
        finally:
            opencv.cv2.setNumThreads(cv2_threads)
        summary = self._summary(self._records())
        write_json(configuration_path(self.selection.output), summary)
        return summary

    def _works(self, progress: Progress) -> Iterator[Work[SequenceRecord]]:
        for plan in self.plans:
            if plan.folder.problem is not None:
                continue
            if finished(plan):
                progress.advance(len(plan.folder.images), len(plan.pairs), 0)
                continue
            yield work(plan, self.selection.landmarks_folder, self._stop.is_set)

    def _counts(self) -> tuple[int, int]:
        sound = [plan for plan in self.plans if plan.folder.problem is None]
        return sum(len(p.folder.images) for p in sound), sum(len(p.pairs) for p in sound)

    def _records(self) -> Iterator[SequenceRecord]:
        for path in sorted(self.selection.output.glob("*/*/sequence.json")):
            yield read_record(path)

    def _summary(self, records: Iterator[SequenceRecord] | None) -> dict[str, Any]:
        return {
            "configuration": self.config.defining(),
            "versions": {
                "faceflow": faceflow.__version__,
                "numpy": np.__version__,
                "opencv": opencv.cv2.__version__,
            },
            "totals": None if records is None else count(records),
            "problems": self.problems,
        }


def _cores() -> int:
    """The cores that this process may use, where the system tells."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _advance(progress: Progress, part: list[Any]) -> None:
    frames = sum(isinstance(record, FrameRecord) for record in part)
    pairs = sum(isinstance(record, PairRecord) for record in part)
    failed = sum(record.status == "failed" for record in part)
    progress.advance(frames, pairs, failed)


def _log_record(record: SequenceRecord) -> None:
    name = shown(f"{record.subject}/{record.sequence}")
    for fault in faults(record):
        _log.warning("%s", fault)
    made = sum(pair.status == "ok" for pair in record.pairs)
    _log.info("%s: %d of %d pairs", name, made, len(record.pairs))
