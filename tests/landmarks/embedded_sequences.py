"""Sequences in which the astronaut's face moves, and what the embedded detector finds in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import dlib
import numpy as np
from skimage.data import astronaut

from faceflow.execute.local import LocalExecutor
from faceflow.landmarks.detector import Detector, Frame, FrameFound, Wanted
from faceflow.landmarks.embedded.model import model_path
from faceflow.landmarks.face import Found
from faceflow.opencv import cv2
from faceflow.sequences import SequenceFolder
from faceflow.types import Image

PHOTOGRAPH: Image = np.ascontiguousarray(astronaut()[..., ::-1])
"""(512, 512, 3) blue-green-red; the face's box is 88 px wide around (223, 127)."""

FACE = (223.0, 127.0)


def portrait(time: float, zoom: float = 1.2, size: tuple[int, int] = (300, 320)) -> Image:
    """The face in motion: it wanders by 25 px and comes nearer by a tenth and goes back."""
    scale = zoom * (1 + 0.1 * np.sin(time / 9))
    x = size[1] / 2 + 25 * np.sin(time / 8)
    y = size[0] / 2 + 12 * np.sin(time / 5)
    affine = np.array([[scale, 0, x - scale * FACE[0]], [0, scale, y - scale * FACE[1]]])
    moved: Image = cv2.warpAffine(PHOTOGRAPH, affine, size[::-1], flags=cv2.INTER_LINEAR)
    return moved


def write_frames(folder: Path, images: Iterable[Image]) -> Wanted:
    """Write a sequence of which nothing is known yet."""
    folder.mkdir(parents=True)
    names = []
    for number, image in enumerate(images):
        names.append(f"{number:03}.bmp")
        (folder / names[-1]).write_bytes(cv2.imencode(".bmp", image)[1].tobytes())
    frames = tuple(Frame(folder / name, name.encode()) for name in names)
    sequence = SequenceFolder("F001", folder.name, folder, tuple(names))
    return Wanted(sequence, frames, frozenset(range(len(frames))))


def settled(
    detector: Detector,
    sequences: Sequence[Wanted],
    workers: int = 1,
    stopped: Callable[[], bool] = lambda: False,
) -> list[FrameFound]:
    """Run the detector's work; what it found, in the order in which it was found."""
    found: list[FrameFound] = []
    for failed in LocalExecutor(workers).run(detector.works(sequences, stopped), found.extend):
        assert failed == []
    return found


def find(detector: Detector, *sequences: Wanted, workers: int = 1) -> list[Found]:
    """What is in each frame, sequence by sequence; each frame is settled once."""
    found = settled(detector, sequences, workers)
    by_image = {result.frame.image: result.found for result in found}
    images = [frame.image for sequence in sequences for frame in sequence.frames]
    assert len(found) == len(by_image) == len(images)
    return [by_image[image] for image in images]


def as_numbers(found: Sequence[Found]) -> list[list[tuple[float | None, list[list[float]]]]]:
    """Faces as plain numbers, to compare them exactly."""
    return [
        [(face.confidence, face.landmarks.tolist()) for face in faces]
        for faces in found
        if isinstance(faces, tuple)
    ]


def dlib_predictor() -> Any:
    """dlib's own, of the same model; its landmarks are on whole pixels."""
    return dlib.shape_predictor(str(model_path()))
