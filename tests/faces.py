"""Made-up moving faces: folders of images and landmark texts as users have them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import Image, Landmarks, Size

SIZE: Size = (64, 48)
"""(H, W) of the images: small, so that tests are fast."""


@dataclass(frozen=True)
class Faces:
    """Where a made-up data set lies, and where its flow is to go."""

    root: Path

    @property
    def images(self) -> Path:
        return self.root / "Subjects"

    @property
    def landmarks(self) -> Path:
        return self.root / "Landmarks"

    @property
    def output(self) -> Path:
        return self.root / "dataset"

    def image(self, frame: str, subject: str = "F001", sequence: str = "T1") -> Path:
        """The frame's file, whatever its suffix is."""
        folder = self.images / subject / sequence
        (path,) = (path for path in folder.iterdir() if path.name.rpartition(".")[0] == frame)
        return path

    def text(self, frame: str, subject: str = "F001", sequence: str = "T1") -> Path:
        """The frame's landmark file."""
        return self.landmarks / subject / sequence / f"{frame}_landmarks.txt"

    def points(self, frame: str, subject: str = "F001", sequence: str = "T1") -> Landmarks:
        """The frame's landmarks in pixels of the image, read without the package."""
        return np.loadtxt(self.text(frame, subject, sequence), ndmin=2)


def copy_faces(faces: Faces, root: Path) -> Faces:
    """Copy all that there is, for tests that change it or write beside it."""
    shutil.copytree(faces.root, root, dirs_exist_ok=True, symlinks=True)
    return Faces(root)


def make_faces(
    root: Path,
    subjects: Sequence[str] = ("F001",),
    sequences: Sequence[str] = ("T1",),
    frames: int | Sequence[str] = 3,
    size: Size = SIZE,
    suffix: str = ".png",
) -> Faces:
    """Write sequences of frames, named 001, 002, ... or as told, no two of them alike."""
    faces = Faces(root)
    stems = [f"{i + 1:03}" for i in range(frames)] if isinstance(frames, int) else frames
    number = 0
    for subject in subjects:
        for sequence in sequences:
            (faces.images / subject / sequence).mkdir(parents=True)
            (faces.landmarks / subject / sequence).mkdir(parents=True)
            for time, stem in enumerate(stems):
                path = faces.images / subject / sequence / (stem + suffix)
                write_image(path, texture(size, number))
                write_points(faces.text(stem, subject, sequence), moving_face(size, number, time))
                number += 1
    return faces


def texture(size: Size, seed: int = 0) -> Image:
    """A smooth random colour image, (H, W, 3) uint8."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 6, 3)).astype(np.uint8)
    image: Image = cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return image


def write_image(path: Path, image: np.ndarray) -> None:
    """Encode by suffix; OpenCV's own writer would not take every name."""
    done, data = cv2.imencode(path.suffix, image)
    assert done
    path.write_bytes(data.tobytes())


def write_points(path: Path, points: Landmarks) -> None:
    """Write landmarks as CK+ does: scientific notation, white space around."""
    path.write_text("".join(f"   {x:.7e}   {y:.7e}\n" for x, y in points.tolist()))


def moving_face(size: Size = SIZE, seed: int = 0, time: int = 0) -> Landmarks:
    """A face that fills most of the image, opens its mouth and jitters, (68, 2) in pixels."""
    points = neutral_face()
    mouth = slice(48, 68)
    points[mouth, 1] += np.abs(points[mouth, 1] - 0.78) * 0.3 * np.sin(time)
    points += np.random.default_rng(seed).normal(0, 0.004, points.shape) + 0.01 * np.sin(time)
    return points * (size[1], size[0]) - 0.5


def neutral_face() -> Landmarks:
    """68 landmarks in iBUG order, as shares of the image's sides."""
    turn = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.5 + 0.38 * np.cos(turn), 0.4 + 0.52 * np.sin(turn)], axis=1)
    left_brow = _arc(0.28, 0.27, 0.1, -0.04, np.linspace(np.pi, 0, 5))
    bridge = np.stack([np.full(4, 0.5), np.linspace(0.36, 0.54, 4)], axis=1)
    nostrils = _arc(0.5, 0.58, 0.08, 0.03, np.linspace(np.pi, 0, 5))
    left_eye = _arc(0.31, 0.37, 0.06, -0.03, np.linspace(np.pi, -np.pi, 7)[:6])
    lips = _arc(0.5, 0.78, 0.15, -0.07, np.linspace(np.pi, -np.pi, 13)[:12])
    inner = _arc(0.5, 0.78, 0.1, -0.03, np.linspace(np.pi, -np.pi, 9)[:8])
    right_brow, right_eye = np.add(left_brow, (0.44, 0.0)), np.add(left_eye, (0.38, 0.0))
    parts = [jaw, left_brow, right_brow, bridge, nostrils, left_eye, right_eye, lips, inner]
    return np.concatenate(parts)


def _arc(x: float, y: float, width: float, height: float, turn: np.ndarray) -> Landmarks:
    return np.stack([x + width * np.cos(turn), y + height * np.sin(turn)], axis=1)
