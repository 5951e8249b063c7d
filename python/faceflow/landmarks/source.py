"""The source of a run's landmarks: a folder of files, or a detector."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from faceflow.landmarks.csvfolder import read_csv_folder
from faceflow.landmarks.detect import Progress, Reader, detect
from faceflow.landmarks.detector import Detector
from faceflow.landmarks.face import Found
from faceflow.landmarks.options import LandmarkOptions
from faceflow.landmarks.textfile import read_text_folder
from faceflow.sequences import SequenceFolder
from faceflow.types import Size

STORE = "landmarks.sqlite"

READERS: Mapping[str, Callable[[Path, SequenceFolder], list[Found]]] = {
    "files": read_text_folder,
    "openface": read_csv_folder,
}
"""What reads a folder of landmarks made earlier, by the name that ``--landmarks`` takes."""


class LandmarkSource(Protocol):
    """Says what is in the frames of sequences."""

    def find(
        self, folders: Sequence[SequenceFolder], stop: threading.Event, progress: Progress
    ) -> Reader:
        """Do what has to be done before it can be asked about some sequences.

        `stop` is set when the run ends early; `progress` is told about frames.
        """


def make_source(
    options: LandmarkOptions, output: Path, workers: int, size: Size | None = None
) -> LandmarkSource:
    """The source that resolved options name; nothing is written yet.

    Parameters
    ----------
    options
        Resolved.
    output
        The run's folder, where a detector keeps what it found.
    workers
        Threads.
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
    resize = size if options.landmarks_on == "resized" else None
    detector = _make_detector(options, output, workers, resize)
    return _Detection(detector, output / STORE, workers)


@dataclass(frozen=True)
class _Folder:
    """Landmarks that were made earlier."""

    folder: Path
    read: Callable[[Path, SequenceFolder], list[Found]]

    def find(
        self, folders: Sequence[SequenceFolder], stop: threading.Event, progress: Progress
    ) -> Reader:
        return self._reader

    def _reader(self, sequence: SequenceFolder) -> Callable[[], list[Found]]:
        return partial(self.read, self.folder, sequence)


@dataclass(frozen=True)
class _Detection:
    """Landmarks that a detector finds, unless it did in an earlier run."""

    detector: Detector
    store: Path
    workers: int

    def find(
        self, folders: Sequence[SequenceFolder], stop: threading.Event, progress: Progress
    ) -> Reader:
        return detect(folders, self.detector, self.store, self.workers, stop, progress)


def _make_detector(
    options: LandmarkOptions, output: Path, workers: int, resize: Size | None
) -> Detector:
    """To add a detector, import it here: dlib and the like are loaded only where they run."""
    if options.landmarks == "openface" and options.openface is not None:
        from faceflow.landmarks.openface import open_face

        mode, timeout = options.openface_mode, options.openface_timeout
        return open_face(options.openface, mode, output, workers, resize, timeout)
    from faceflow.landmarks.embedded import embedded_detector

    return embedded_detector(resize)
