"""A photograph in motion: sequences whose landmarks are known, and those a detector would find."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from faces import Faces, write_image, write_points

from faceflow import triangulate
from faceflow.demo.astronaut import load_astronaut
from faceflow.flow.render import border_anchors, render
from faceflow.images import resize_image
from faceflow.types import Image, Landmarks, Size

SIZE: Size = (240, 180)
NOISE = 0.8  # px
LIDS, LOWER_LIP = [37, 38, 43, 44], [55, 56, 57, 58, 59, 65, 66, 67]


class Moving(NamedTuple):
    """A sequence."""

    images: list[Image]
    true: Landmarks
    """(T, 68, 2)."""
    detected: Landmarks
    """(T, 68, 2), with an error of `NOISE` in each coordinate, another in each frame."""


def moving_face(offsets: np.ndarray, seed: int = 0) -> Moving:
    """Render the photograph with its landmarks moved by (T, 68, 2) pixels."""
    photograph, points = load_astronaut()
    photograph = resize_image(photograph, SIZE)
    face = (points + 0.5) * 1.2 - 0.5
    anchors = border_anchors(SIZE)
    first = np.vstack([face, anchors])
    triangles = triangulate(first)
    true = face + offsets
    images = [render(photograph, first, np.vstack([p, anchors]), SIZE, triangles) for p in true]
    noise = np.random.default_rng(seed).normal(0, NOISE, true.shape)
    return Moving(images, true, true + noise)


def swaying(frames: int) -> np.ndarray:
    """The whole face goes to and fro, a period in 24 frames: (T, 68, 2)."""
    turn = 2 * np.pi * np.arange(frames) / 24
    sway = np.stack([3 * np.sin(turn), np.sin(2 * turn)], axis=1)
    return np.repeat(sway[:, None], 68, axis=1)


def with_expression(frames: int) -> np.ndarray:
    """Also a mouth that opens and closes within ten frames, and a blink of six."""
    offsets = swaying(frames)
    opening = 14 * np.sin(np.pi * np.arange(11) / 10)
    offsets[8:19, LOWER_LIP, 1] += opening[:, None]
    offsets[20:27, LIDS, 1] += 4 * np.sin(np.pi * np.arange(7) / 6)[:, None]
    return offsets


def write_moving(root: Path, moving: Moving, sequence: str = "T1") -> Faces:
    """The sequence as users have it, with detected landmarks."""
    faces = Faces(root)
    for folder in (faces.images, faces.landmarks):
        (folder / "F001" / sequence).mkdir(parents=True)
    for number, image in enumerate(moving.images, 1):
        write_image(faces.images / "F001" / sequence / f"{number:03}.png", image)
        write_points(faces.text(f"{number:03}", sequence=sequence), moving.detected[number - 1])
    return faces
