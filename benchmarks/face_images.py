"""Sequences of images with a face: real recordings, and the astronaut in motion."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from skimage.data import astronaut

from faceflow.landmarks.detector import Frame, Wanted
from faceflow.sequences import SequenceFolder, scan
from faceflow.types import Image

REAL = Path(__file__).parents[1].parent / "shared" / "faces" / "Subjects"
SIDE = 512
FACE = (223, 127)  # its middle in the photograph
ZOOM = 2.0  # makes it 176 px wide, as in recordings of micro-expressions


def real_sequences(count: int) -> list[Wanted]:
    """The first sequences of the shared recordings, none where they are not."""
    return [_wanted(folder) for folder in scan(REAL)[:count]] if REAL.is_dir() else []


def moving_sequence(folder: Path, frames: int) -> Wanted:
    """The face wanders by 25 px and comes nearer by a tenth; JPEG of 512x512."""
    folder.mkdir(parents=True)
    names = tuple(f"{number:03}.jpg" for number in range(frames))
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), _portrait(number))
    return _wanted(SequenceFolder("astronaut", folder.name, folder, names))


def _portrait(time: int) -> Image:
    photograph = np.ascontiguousarray(astronaut()[..., ::-1])
    scale = ZOOM * (1 + 0.1 * np.sin(time / 9))
    x = SIDE / 2 + 25 * np.sin(time / 8) - scale * FACE[0]
    y = SIDE / 2 + 12 * np.sin(time / 5) - scale * FACE[1]
    return cv2.warpAffine(photograph, np.array([[scale, 0, x], [0, scale, y]]), (SIDE, SIDE))


def _wanted(folder: SequenceFolder) -> Wanted:
    frames = tuple(Frame(folder.folder / name, name.encode()) for name in folder.images)
    return Wanted(folder, frames, frozenset(range(len(frames))))
