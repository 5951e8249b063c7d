"""A whole run of ``faceflow landmarks``."""

from __future__ import annotations

import csv
import io
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from faceflow import opencv
from faceflow.annotate.sequence import annotate_sequence
from faceflow.dataset.layout import SequenceLayout
from faceflow.dataset.log import FaultList
from faceflow.dataset.records import FrameRecord, SequenceRecord, count
from faceflow.execute.local import cores, run_locally
from faceflow.execute.work import Work
from faceflow.files import atomic_write
from faceflow.landmarks.detect import Progress, Reader
from faceflow.landmarks.options import LandmarkOptions
from faceflow.landmarks.source import make_source
from faceflow.sequences import SequenceFolder

TABLE = "landmarks.csv"

_COLUMNS = ("subject", "sequence", "frame", "status", "reason", "detail", "confidence")

_log = logging.getLogger("faceflow")


@dataclass
class LandmarkRun:
    """Finds the landmarks of sequences and writes them, with a table of every frame.

    Raises
    ------
    ConfigError
        What is to find them is not installed.
    """

    folders: list[SequenceFolder]
    output: Path
    options: LandmarkOptions
    workers: int = field(default_factory=cores)
    sheet: bool = False
    faults: FaultList = field(default_factory=FaultList)

    def __post_init__(self) -> None:
        self.source = make_source(self.options, self.output, self.workers)

    def make(self, progress: Progress) -> dict[str, Any]:
        """Find and write everything; return the summary.

        Raises
        ------
        OSError
            The disk is full or failing.
        """
        stop = threading.Event()
        sound = [folder for folder in self.folders if folder.problem is None]
        with opencv.one_thread():
            read = self.source.find(sound, stop, progress)
            progress.start("frames", sum(len(folder.images) for folder in sound))
            works = (self._work(folder, read) for folder in sound)
            told = partial(_told, progress)
            made = {
                (r.subject, r.sequence): r for r in run_locally(works, self.workers, stop.set, told)
            }
        records = [made[folder.subject, folder.sequence] for folder in sound]
        atomic_write(self.output / TABLE, _table(records))
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
        for record in records:
            self.faults.add(record)
        totals = count(records)
        kept = ("sequences", "frames", "frame_reasons")
        return {
            "landmarks": self.options.defining(),
            "totals": {name: totals[name] for name in kept},
            "problems": problems,
        }


def _told(progress: Progress, frames: list[FrameRecord]) -> None:
    progress.advance(len(frames), sum(frame.status == "failed" for frame in frames))


def _table(records: Iterable[SequenceRecord]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for record in records:
        for frame in record.frames:
            values = (frame.name, frame.status, frame.reason, frame.detail, frame.confidence)
            writer.writerow((record.subject, record.sequence, *values))
    # Names may have bytes that are no UTF-8; they stay the bytes that they are.
    return text.getvalue().encode("utf-8", "surrogateescape")
