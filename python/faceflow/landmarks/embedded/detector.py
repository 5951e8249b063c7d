"""Faces and landmarks from dlib, as a detector."""

from __future__ import annotations

import hashlib
import math
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from pathlib import Path

from faceflow.errors import ConfigError, DetectorError, FrameError
from faceflow.execute.work import Task, Work
from faceflow.images import read_image
from faceflow.landmarks.detector import Detector, Frame, FrameFound, Wanted
from faceflow.landmarks.embedded.model import Model, load_model
from faceflow.landmarks.embedded.scanner import Scanner, Window
from faceflow.landmarks.embedded.tracker import Tracker
from faceflow.landmarks.face import Face, Found
from faceflow.types import Image

_VERSION = 1  # of what is done with an image: raise it with any change of results
_CHUNK = 64
_STEEPNESS = 4.0


def embedded_detector() -> Detector:
    """Make the detector of ``--landmarks dlib``: dlib's frontal detector and 68 landmarks.

    A face is looked for where it was in the frame before, and everywhere only in doubt, at the
    start and after every 64 frames. A frame's faces so depend on those up to it in its 64 frames,
    and on nothing else. Images are looked at as they are stored, never in the size of a dataset:
    in other proportions the detector does not know a face.

    The model was trained on iBUG 300-W, which is for research use only.

    Raises
    ------
    ConfigError
        dlib or the model is not installed.
    """
    model = load_model()
    return EmbeddedDetector(model.name, lambda: model)


def confidence(score: float) -> float:
    """1 - exp(-4 score): how sure dlib's detector is of a face, from 0 to 1, 3 decimals.

    OpenFace's threshold of 0.725 stands at a score of 0.32. Faces of 260 frames of real recordings
    score 0.868 to 2.45 (0.969 and more); a face with noise of 20 grey levels, 0.34. In 368 views of
    pictures without faces, 195 megapixels, five things score over 0, the highest 0.24 (0.62).

    Examples
    --------
    >>> confidence(0.24), confidence(0.34), confidence(0.868)
    (0.617, 0.743, 0.969)
    """
    return round(1 - math.exp(-_STEEPNESS * max(score, 0.0)), 3)


class EmbeddedDetector:
    """See `embedded_detector`. In a process that it is sent to, it takes the model from there.

    Parameters
    ----------
    name
        The model's.
    load
        Gives the model, when it is first needed.
    """

    def __init__(self, name: str, load: Callable[[], Model]) -> None:
        self._name = name
        self._load = load
        self._own = threading.local()

    def __reduce__(self) -> tuple[Callable[[str], EmbeddedDetector], tuple[str]]:
        return _arrived, (self._name,)

    @cached_property
    def model(self) -> Model:
        """The detector and the predictor of landmarks."""
        return self._load()

    def versions(self) -> dict[str, str]:
        """dlib's; there is one model only."""
        return {"dlib": self.model.dlib.__version__}

    def keys(self, digests: Sequence[bytes]) -> list[bytes]:
        """Each frame's key, from the contents of the frames up to it in its 64 frames."""
        settings = f"{_VERSION}, {self._name}".encode()
        keys: list[bytes] = []
        for number, digest in enumerate(digests):
            before = keys[-1] if number % _CHUNK else settings
            keys.append(hashlib.sha256(before + digest).digest())
        return keys

    def works(
        self, sequences: Iterable[Wanted], stopped: Callable[[], bool]
    ) -> Iterator[Work[list[FrameFound]]]:
        """A work for each 64 frames of which one is missing, all of them done anew."""
        for wanted in sequences:
            for first in range(0, len(wanted.frames), _CHUNK):
                if not wanted.missing.isdisjoint(range(first, first + _CHUNK)):
                    frames = wanted.frames[first : first + _CHUNK]
                    yield _single(partial(self._find, frames, stopped))

    def _find(self, frames: Sequence[Frame], stopped: Callable[[], bool]) -> list[FrameFound]:
        tracker = Tracker(self._scanner())
        settled = []
        for frame in frames:
            if stopped():
                break
            settled.append(FrameFound(frame, self._look(tracker, frame.image)))
        return settled

    def _scanner(self) -> Scanner:
        """This thread's own."""
        if not hasattr(self._own, "scanner"):
            self._own.scanner = Scanner(self.model)
        scanner: Scanner = self._own.scanner
        return scanner

    def _look(self, tracker: Tracker, path: Path) -> Found:
        try:
            image = read_image(path)
        except FrameError as error:
            return error
        return tuple(self._face(image, window) for window in tracker.look(image))

    def _face(self, image: Image, window: Window) -> Face:
        return Face(self.model.landmarks(image, window.box), confidence(window.score))


@cache
def _arrived(name: str) -> EmbeddedDetector:
    """The one detector of a process that parts of its work are sent to.

    Nothing is loaded yet: a cluster's scheduler, too, unpacks what it passes on.
    """
    return EmbeddedDetector(name, partial(_load_here, name))


def _load_here(name: str) -> Model:
    """The model, if it is the one that the run was started with; else `DetectorError`."""
    try:
        model = load_model()
    except ConfigError as error:
        raise DetectorError(f"{platform.node()}: {error}") from error
    if model.name != name:
        raise DetectorError(f"{platform.node()} has {model.name}; the run needs {name}")
    return model


def _single(task: Task) -> Work[list[FrameFound]]:
    """Work of one part."""
    yield [task]
    return []
