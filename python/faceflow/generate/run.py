"""A whole run of ``faceflow-gen``."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import faceflow
from faceflow import opencv
from faceflow.dataset.layout import configuration_path, log_path
from faceflow.dataset.records import (
    FrameRecord,
    PairRecord,
    SequenceRecord,
    count,
    read_json,
    read_record,
    write_json,
)
from faceflow.dataset.scan import SequenceFolder, scan
from faceflow.errors import ConfigError
from faceflow.files import os_reason, shown
from faceflow.generate.config import GenerateConfig
from faceflow.generate.local import run_locally
from faceflow.generate.plan import SequencePlan, outline
from faceflow.generate.sequence import Work, finished, work

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
        self.workers = workers or len(os.sched_getaffinity(0))
        self.overwrite = overwrite
        self.problems = {p.folder.name: p.folder.problem for p in plans if p.folder.problem}
        self._stop = threading.Event()

    def start(self) -> None:
        """Claim the output folder for this configuration.

        Raises
        ------
        ConfigError
            It cannot be written, or holds a dataset made otherwise.
        """
        output = self.selection.output
        path = configuration_path(output)
        try:
            output.mkdir(parents=True, exist_ok=True)
            if self.overwrite:
                for record in output.glob("*/*/sequence.json"):
                    record.unlink()
            elif path.exists():
                self._compare(read_json(path).get("configuration"))
            write_json(path, self._summary(None))
        except OSError as error:
            raise ConfigError(
                f"OUTPUT {shown(output)} cannot be written: {os_reason(error)}"
            ) from error

    def _compare(self, made_with: Any) -> None:
        wanted = self.config.defining()
        if not isinstance(made_with, dict):
            raise ConfigError("OUTPUT/dataset.json has no configuration; --overwrite makes anew")
        for name in sorted({*wanted, *made_with}):
            if made_with.get(name) != wanted.get(name):
                option = name.replace("_", "-")
                raise ConfigError(
                    f"OUTPUT was made with --{option} {made_with.get(name)}, now it is "
                    f"{wanted.get(name)}; take the same, another folder, or --overwrite"
                )

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
        finally:
            opencv.cv2.setNumThreads(cv2_threads)
        summary = self._summary(self._records())
        write_json(configuration_path(self.selection.output), summary)
        return summary

    def _works(self, progress: Progress) -> Iterator[Work]:
        for plan in self.plans:
            if plan.folder.problem is not None:
                continue
            if finished(plan) is not None:
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


def open_log(output: Path) -> logging.Handler:
    """Append what happens to ``faceflow.log``."""
    handler = logging.FileHandler(log_path(output), encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.setLevel(logging.INFO)
    _log.addHandler(handler)
    return handler


def _advance(progress: Progress, part: list[Any]) -> None:
    frames = sum(isinstance(record, FrameRecord) for record in part)
    pairs = sum(isinstance(record, PairRecord) for record in part)
    failed = sum(record.status == "failed" for record in part)
    progress.advance(frames, pairs, failed)


def _log_record(record: SequenceRecord) -> None:
    name = shown(f"{record.subject}/{record.sequence}")
    for frame in record.frames:
        if frame.status != "ok":
            _log.warning("%s: frame %s %s: %s", name, shown(frame.name), frame.status, frame.detail)
    made = sum(pair.status == "ok" for pair in record.pairs)
    _log.info("%s: %d of %d pairs", name, made, len(record.pairs))
