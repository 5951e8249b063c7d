"""Running a detector over sequences: what is known is not looked for again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from faceflow.errors import FrameError
from faceflow.execute.executor import Executor
from faceflow.files import digest_file, frame_name, os_reason
from faceflow.landmarks.detector import Detector, Frame, FrameFound, Wanted
from faceflow.landmarks.face import Found
from faceflow.landmarks.reader import FrameReader, Reader
from faceflow.landmarks.store import LandmarkStore
from faceflow.progress import Progress
from faceflow.sequences import SequenceFolder

_KEY = hashlib.sha256().digest_size
_NO_KEY = bytes(_KEY)  # of an image that cannot be read


def detect(
    folders: Sequence[SequenceFolder],
    detector: Detector,
    path: Path,
    executor: Executor,
    progress: Progress,
) -> Reader:
    """Find the faces of every frame of some sequences.

    Parameters
    ----------
    folders
        The sequences.
    detector
        Looks at what is not in the store yet.
    path
        The store.
    executor
        Runs the detector's work; what it finds is kept by this process alone.
    progress
        Told about frames.

    Returns
    -------
    reader
        What was found. Failures are in it, but not in the store: they are tried again.
    """
    progress.start("landmarks", sum(len(folder.images) for folder in folders))
    with LandmarkStore(path) as store:
        detection = _Detection(detector, store, progress)
        works = detector.works(detection.wanted(folders), executor.stopped)
        for failed in executor.run(works, detection.settle):
            detection.settle(failed)
    return detection.reader


class _Detection:
    def __init__(self, detector: Detector, store: LandmarkStore, progress: Progress) -> None:
        self.detector = detector
        self.store = store
        self.progress = progress
        self.keys: dict[tuple[str, str], bytes] = {}
        self.failures: dict[Path, FrameError] = {}
        self.missing: set[Path] = set()

    def wanted(self, folders: Iterable[SequenceFolder]) -> Iterator[Wanted]:
        """The sequences that something is not known of, as they are asked for."""
        for folder in folders:
            frames = self._keyed(folder)
            missing = [i for i, frame in enumerate(frames) if self.store.get(frame.key) is None]
            self.missing.update(frames[i].image for i in missing)
            failed = len(folder.images) - len(frames)
            self.progress.advance(len(folder.images) - len(missing), failed)
            if missing:
                yield Wanted(folder, frames, frozenset(missing))

    def _keyed(self, folder: SequenceFolder) -> tuple[Frame, ...]:
        images, digests = [], []
        for image, digest in _digests(folder):
            if isinstance(digest, FrameError):
                self.failures[image] = digest
            else:
                digests.append(digest)
                images.append(image)
        keys = self.detector.keys(digests)
        by_image = dict(zip(images, keys, strict=True))
        every = (by_image.get(folder.folder / name, _NO_KEY) for name in folder.images)
        self.keys[folder.subject, folder.sequence] = b"".join(every)
        return tuple(map(Frame, images, keys))

    def reader(self, folder: SequenceFolder) -> FrameReader:
        """What was found in a sequence."""
        images = (folder.folder / name for name in folder.images)
        failures = {
            number: self.failures[image]
            for number, image in enumerate(images)
            if image in self.failures
        }
        keys = self.keys[folder.subject, folder.sequence]
        return StoreReader(self.store.path, keys, failures)

    def settle(self, results: list[FrameFound]) -> None:
        """Keep what was found; remember what failed."""
        found = [(r.frame.key, r.found) for r in results if isinstance(r.found, tuple)]
        self.store.put(found)
        failures = {r.frame.image: r.found for r in results if isinstance(r.found, FrameError)}
        self.failures |= failures
        settled = self.missing.intersection(result.frame.image for result in results)
        self.missing -= settled
        self.progress.advance(len(settled), len(failures))


@dataclass(frozen=True)
class StoreReader:
    """Reads what a detector found in the frames of a sequence."""

    path: Path
    keys: bytes
    """Of each frame, one after the other."""
    failures: Mapping[int, FrameError]
    several: bool = True

    def read(self, numbers: range) -> list[Found]:
        """What is kept of some frames, or why nothing is."""
        with LandmarkStore(self.path) as store:
            return [self.failures.get(number) or self._kept(store, number) for number in numbers]

    def _kept(self, store: LandmarkStore, number: int) -> Found:
        faces = store.get(self.keys[number * _KEY : (number + 1) * _KEY])
        if faces is None:
            detail = f"{store.path.name} has nothing about this frame"
            return FrameError("missing_landmarks", detail)
        return faces


def _digests(folder: SequenceFolder) -> Iterator[tuple[Path, bytes | FrameError]]:
    """What the content of each image is told by, or why it cannot be read."""
    if not folder.is_video:
        for name in folder.images:
            yield folder.folder / name, _digest(folder.folder / name)
        return
    video = _digest(folder.folder)
    for name in folder.images:
        known = video if isinstance(video, FrameError) else _of_frame(video, name)
        yield folder.folder / name, known


def _digest(file: Path) -> bytes | FrameError:
    try:
        return digest_file(file)
    except OSError as error:
        detail = f"{frame_name(file)} cannot be read: {os_reason(error)}"
        return FrameError("unreadable_image", detail)


def _of_frame(video: bytes, name: str) -> bytes:
    return hashlib.sha256(video + name.encode()).digest()
