"""The source of a run's landmarks: a folder of files, or a detector."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from faceflow.execute.executor import Executor
from faceflow.landmarks.csvfolder import CsvReader
from faceflow.landmarks.detect import detect
from faceflow.landmarks.detector import Detector
from faceflow.landmarks.options import LandmarkOptions
from faceflow.landmarks.reader import FrameReader, Reader
from faceflow.landmarks.textfile import TextReader
from faceflow.progress import Progress
from faceflow.sequences import SequenceFolder, digest_files, list_files
from faceflow.types import Size

STORE = "landmarks.sqlite"

READERS: Mapping[str, Callable[[Path, SequenceFolder], FrameReader]] = {
    "files": TextReader,
    "openface": CsvReader,
}
"""What reads a folder of landmarks made earlier, by the name that ``--landmarks`` takes."""


class LandmarkSource(Protocol):
    """Says what is in the frames of sequences."""

    def digest(self, sequence: SequenceFolder) -> bytes:
        """What changes when what is known of a sequence may, beside its images."""

    def versions(self) -> dict[str, str]:
        """Of what finds the landmarks, where that is known."""

    def find(self, folders: Sequence[SequenceFolder], progress: Progress) -> Reader:
        """Do what has to be done before it can be asked about some sequences.

        `progress` is told about frames.
        """


def make_source(
    options: LandmarkOptions, output: Path, executor: Executor, size: Size | None = None
) -> LandmarkSource:
    """The source that resolved options name; nothing is written yet.

    Parameters
    ----------
    options
        Resolved.
    output
        The run's folder, where a detector keeps what it found.
    executor
        Runs a detector.
    size
        (H, W) of the dataset's frames, for ``landmarks_on="resized"``; None if they are not
        resized.

    Raises
    ------
    ConfigError
        A detector is not installed.
    """
    if options.landmarks_dir is not None:
        return _Folder(options.landmarks_dir, READERS[options.landmarks])
    detector = _make_detector(options, output, executor.here.workers, size)
    # OpenFace's processes share out the cores of one machine.
    runner = executor.here if options.landmarks == "openface" else executor.for_detectors
    return _Detected(detector, output / STORE, runner)


@dataclass(frozen=True)
class _Folder:
    """Landmarks that were made earlier."""

    folder: Path
    reader: Callable[[Path, SequenceFolder], FrameReader]

    def versions(self) -> dict[str, str]:
        return {}

    def digest(self, sequence: SequenceFolder) -> bytes:
        if not sequence.sequence:  # single photographs
            ends = (".csv", "_landmarks.txt")
            return digest_files(self.folder / f"{s}{end}" for s in sequence.stems for end in ends)
        place, file = self.folder / sequence.subject, f"{sequence.sequence}.csv"
        digests = []
        for folder, taken in ((place / sequence.sequence, bool), (place, file.__eq__)):
            with contextlib.suppress(OSError):
                digests.append(list_files(folder, taken)[1])
        return b"".join(digests)

    def find(self, folders: Sequence[SequenceFolder], progress: Progress) -> Reader:
        return partial(self.reader, self.folder)


@dataclass(frozen=True)
class _Detected:
    """Landmarks that a detector finds, unless it did in an earlier run."""

    detector: Detector
    store: Path
    executor: Executor

    def versions(self) -> dict[str, str]:
        return self.detector.versions()

    def digest(self, sequence: SequenceFolder) -> bytes:
        return b""  # what a detector finds depends on the images

    def find(self, folders: Sequence[SequenceFolder], progress: Progress) -> Reader:
        return detect(folders, self.detector, self.store, self.executor, progress)


def _make_detector(
    options: LandmarkOptions, output: Path, workers: int, size: Size | None
) -> Detector:
    """To add a detector, import it here: dlib and the like are loaded only where they run."""
    if options.landmarks == "openface" and options.openface is not None:
        from faceflow.landmarks.openface import open_face

        mode, timeout = options.openface_mode, options.openface_timeout
        resize = size if options.landmarks_on == "resized" else None
        return open_face(options.openface, mode, output, workers, resize, timeout)
    from faceflow.landmarks.embedded import embedded_detector

    return embedded_detector()
