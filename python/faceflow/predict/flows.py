"""Flow predicted for neighbouring frames, into files: what ``faceflow predict`` does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from faceflow.dataset.layout import FLOW_SUFFIXES
from faceflow.errors import ArrayError, ConfigError, FlowFileError, FrameError
from faceflow.files import atomic_write, shown
from faceflow.flow.colour import flow_to_image
from faceflow.flowio import write_flow
from faceflow.images import encode_image, read_image
from faceflow.landmarks.textfile import read_landmark_text
from faceflow.methods.registry import bind_landmarks, identify_method, open_estimator
from faceflow.predict.record import PredictionRecord
from faceflow.progress import Progress
from faceflow.sequences import digest_files, open_sequence, stem
from faceflow.types import Estimator, Image, Landmarks


@dataclass(frozen=True)
class PredictOptions:
    """What is to be predicted, and how it is kept."""

    method: str
    """A method's name, or NAME:PATH."""
    first: Path
    """An image; or a folder of images or a video, all of whose neighbouring frames are taken."""
    second: Path | None
    out: Path
    flow_format: str = "flo"
    max_flow: float | None = None
    """px of full colour in pictures."""
    landmarks: Path | None = None
    """Holds ``<frame>_landmarks.txt``."""
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.flow_format not in FLOW_SUFFIXES:
            taken = ", ".join(FLOW_SUFFIXES)
            raise ConfigError(f"--flow-format {self.flow_format!r} is not taken: {taken} are")
        if self.max_flow is not None and not (math.isfinite(self.max_flow) and self.max_flow > 0):
            raise ConfigError(f"--max-flow {self.max_flow} is not taken: more than 0 px is")
        if self.landmarks is not None and not self.landmarks.is_dir():
            raise ConfigError(f"--landmarks-dir {shown(self.landmarks)} is no folder")

    def flow_file(self, first: Path) -> Path:
        """Where the flow from a frame to the next goes."""
        return self.out / f"{stem(first.name)}{FLOW_SUFFIXES[self.flow_format]}"

    def picture(self, first: Path) -> Path:
        """Where its picture goes."""
        return self.out / "pictures" / f"{stem(first.name)}.png"

    def landmark_file(self, frame: Path) -> Path | None:
        """Where its landmarks are, if they are to be looked at."""
        if self.landmarks is None:
            return None
        return self.landmarks / f"{stem(frame.name)}_landmarks.txt"


@dataclass
class Predicted:
    """What came of it."""

    made: int = 0
    there: int = 0
    """Pairs that an earlier run had made."""
    problems: list[str] = field(default_factory=list)
    """A line for each pair that failed."""


def find_frames(options: PredictOptions) -> list[Path]:
    """The frames, in order: two, or all of a folder or video.

    Raises
    ------
    ConfigError
        There are none, or only one.
    """
    if options.second is not None:
        for name, image in (("A", options.first), ("B", options.second)):
            if not image.is_file():
                raise ConfigError(f"{name} {shown(image)} is no file: two images are taken")
        return [options.first, options.second]
    sequence = open_sequence(options.first)
    if len(sequence.images) < 2:
        raise ConfigError(
            f"{shown(options.first)} has {len(sequence.images)} frames, at least 2 are taken"
        )
    return [sequence.folder / image for image in sequence.images]


def predict(options: PredictOptions, frames: Sequence[Path], progress: Progress) -> Predicted:
    """Predict the flow of neighbouring frames that is not there yet.

    Parameters
    ----------
    options
        The output folder has to be there, and held by nobody else.
    frames
        As `find_frames` gives them.
    progress
        Told of each pair.

    Raises
    ------
    ConfigError
        There is no such method, or it cannot be used; or the output is another method's, of other
        frames, ...
    DatasetError
        The output's record cannot be read.
    OSError
        The disk is full.
    """
    pairs = list(pairwise(frames))
    made_of = {stem(first.name): _digest_pair(options, first, second) for first, second in pairs}
    record = PredictionRecord(options.out, _facts(options), made_of, options.overwrite)
    missing = [pair for pair in pairs if not _is_there(options, record, pair[0])]
    result = Predicted(there=len(pairs) - len(missing))
    if not missing:
        return result
    estimate = open_estimator(options.method)
    record.write()
    options.picture(frames[0]).parent.mkdir(exist_ok=True)
    progress.start("pairs", len(missing))
    for problem in _predict_each(estimate, options, missing):
        result.made += problem is None
        result.problems += [problem] if problem else []
        progress.advance(1, int(problem is not None))
    return result


def _is_there(options: PredictOptions, record: PredictionRecord, first: Path) -> bool:
    is_file = options.flow_file(first).is_file() and options.picture(first).is_file()
    return is_file and record.is_made(stem(first.name))


def _predict_each(
    estimate: Estimator, options: PredictOptions, pairs: Sequence[tuple[Path, Path]]
) -> Iterator[str | None]:
    """Why each pair failed, or None."""
    read = lru_cache(maxsize=2)(_read_frame)  # the second frame is the next pair's first
    for first, second in pairs:
        try:
            landmarks = _read_landmarks(options, first)
            flow = bind_landmarks(estimate, landmarks)(read(first), read(second))
            picture = np.ascontiguousarray(flow_to_image(flow, options.max_flow)[..., ::-1])
            atomic_write(options.picture(first), encode_image(picture, ".png"))
            write_flow(options.flow_file(first), flow)
            yield None
        except FrameError as error:
            yield error.detail
        except (ArrayError, FlowFileError) as error:
            yield f"{shown(first.name)}: {error}"


def _read_frame(path: Path) -> Image:
    """Red-green-blue."""
    return np.ascontiguousarray(read_image(path)[..., ::-1])


def _read_landmarks(options: PredictOptions, frame: Path) -> Landmarks | None:
    file = options.landmark_file(frame)
    return None if file is None else read_landmark_text(file)


def _facts(options: PredictOptions) -> dict[str, Any]:
    """What all of the output is made with; what is made otherwise is not gone on with."""
    paths = {"A": options.first, "B": options.second, "landmarks": options.landmarks}
    where = {name: None if path is None else str(path.resolve()) for name, path in paths.items()}
    return {"model": identify_method(options.method), **where, "max_flow": options.max_flow}


def _digest_pair(options: PredictOptions, first: Path, second: Path) -> str:
    """What changes when a frame or its landmarks are written to."""
    landmarks = options.landmark_file(first)
    # A video's frames are no files: then the video is the file.
    files = [options.first, first, second] if options.first.is_file() else [first, second]
    return digest_files([*files, *([] if landmarks is None else [landmarks])]).hex()
