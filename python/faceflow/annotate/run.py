"""A whole run of ``faceflow landmarks``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from faceflow import opencv
from faceflow.annotate.sequence import annotate_sequence
from faceflow.annotate.table import write_table
from faceflow.dataset.layout import (
    SequenceLayout,
    configuration_path,
    landmark_table_path,
)
from faceflow.dataset.log import FaultList
from faceflow.dataset.records import FrameRecord, SequenceRecord, Totals, faults
from faceflow.errors import ConfigError
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Work
from faceflow.files import shown
from faceflow.landmarks.options import LandmarkOptions
from faceflow.landmarks.reader import Reader
from faceflow.landmarks.source import make_source
from faceflow.progress import Progress
from faceflow.sequences import SequenceFolder

_log = logging.getLogger("faceflow")


@dataclass
class LandmarkRun:
    """Finds the landmarks of sequences and writes them, with a table of every frame.

    Raises
    ------
    ConfigError
        What is to find them is not installed, or the output is a dataset.
    """

    folders: list[SequenceFolder]
    output: Path
    options: LandmarkOptions
    executor: LocalExecutor = field(default_factory=LocalExecutor)
    sheet: bool = False
    chosen: Callable[[str, str], bool] = lambda subject, sequence: True
    """Whether a (subject, sequence) is asked for; the table keeps what it has of the others."""
    faults: FaultList = field(default_factory=FaultList)

    def __post_init__(self) -> None:
        if configuration_path(self.output).exists():
            raise ConfigError(
                f"OUT {shown(self.output)} holds a dataset, whose landmarks are in pixels of its "
                "own frames; take another folder"
            )
        self.source = make_source(self.options, self.output, self.executor)

    def make(self, progress: Progress) -> dict[str, Any]:
        """Find and write everything; return the summary.

        Raises
        ------
        OSError
            The disk is full or failing.
        """
        sound = [folder for folder in self.folders if folder.problem is None]
        with opencv.one_thread():
            read = self.source.find(sound, progress)
            progress.start("frames", sum(len(folder.images) for folder in sound))
            works = (self._work(folder, read) for folder in sound)
            told = partial(_told, progress)
            made = {(r.subject, r.sequence): r for r in self.executor.run(works, told)}
        records = [made[folder.subject, folder.sequence] for folder in sound]
        bad = [_problem_record(folder) for folder in self.folders if folder.problem is not None]
        write_table(landmark_table_path(self.output), [*records, *bad], self.chosen)
        return self._summary(records)

    def _work(self, folder: SequenceFolder, read: Reader) -> Work[SequenceRecord]:
        records = SequenceLayout(self.output, folder.subject, folder.sequence).records
        confidence = self.options.min_confidence
        (frames,) = yield [
            partial(annotate_sequence, folder, read(folder), records, confidence, self.sheet)
        ]
        return SequenceRecord(folder.subject, folder.sequence, None, None, frames, [])

    def _summary(self, records: list[SequenceRecord]) -> dict[str, Any]:
        problems = {folder.name: folder.problem for folder in self.folders if folder.problem}
        for name, problem in problems.items():
            _log.error("%s: %s", name, problem)
        totals = Totals()
        for record in records:
            name = shown(f"{record.subject}/{record.sequence}")
            self.faults.add(faults(name, record.frames, []))
            totals.sequences += 1
            totals.add(record.frames, [])
        kept = ("sequences", "frames", "frame_reasons")
        return {
            "landmarks": self.options.defining(),
            "totals": {name: totals.as_json()[name] for name in kept},
            "problems": problems,
        }


def _told(progress: Progress, frames: list[FrameRecord]) -> None:
    progress.advance(len(frames), sum(frame.status == "failed" for frame in frames))


def _problem_record(folder: SequenceFolder) -> SequenceRecord:
    """Nothing can be found of its frames, if they are known at all."""
    frames = [FrameRecord(name, "failed", detail=folder.problem) for name in folder.stems or [""]]
    return SequenceRecord(folder.subject, folder.sequence, None, None, frames, [])
