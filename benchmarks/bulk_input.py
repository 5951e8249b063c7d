"""Folders of images and landmark texts, thousands of frames, as bulk generation takes them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from face_images import REAL

from faceflow.demo.astronaut import load_astronaut
from faceflow.types import Landmarks


class BulkInput(NamedTuple):
    """A data set to make flow of."""

    name: str
    images: Path
    landmarks: Path
    frames: int


def real_input(root: Path, frames: int) -> BulkInput | None:
    """The shared recordings over and over, as so many subjects; None where they are not."""
    if not REAL.is_dir():
        return None
    count, copy = 0, 0
    while count < frames:
        for folder in sorted(REAL.glob("*/*")):
            place = Path(f"{folder.parent.name}_{copy:02}", folder.name)
            shutil.copytree(folder, root / "Subjects" / place)
            texts = REAL.parent / "Landmarks" / folder.parent.name / folder.name
            shutil.copytree(texts, root / "Landmarks" / place)
            count += sum(1 for _ in folder.iterdir())
        copy += 1
    return BulkInput("real recordings", root / "Subjects", root / "Landmarks", count)


def portrait_input(
    root: Path, frames: int, size: tuple[int, int], drawn: int = 250, length: int = 250
) -> BulkInput:
    """The astronaut's face wanders over frames of `size` (H, W), of which `drawn` differ."""
    photograph, points = load_astronaut()
    pictures = root / "drawn"
    pictures.mkdir(parents=True)
    for number in range(drawn):
        image, moved = _portrait(photograph, points, size, number)
        cv2.imwrite(str(pictures / f"{number:06}.jpg"), image)
        text = "".join(f"{x!r} {y!r}\n" for x, y in moved.tolist())
        (pictures / f"{number:06}.txt").write_text(text)
    for number in range(frames):
        place = Path(f"S{number // length:03}", "T1")
        frame = f"{number % length:06}"
        images, texts = root / "Subjects" / place, root / "Landmarks" / place
        images.mkdir(parents=True, exist_ok=True)
        texts.mkdir(parents=True, exist_ok=True)
        (images / f"{frame}.jpg").hardlink_to(pictures / f"{number % drawn:06}.jpg")
        (texts / f"{frame}_landmarks.txt").hardlink_to(pictures / f"{number % drawn:06}.txt")
    name = f"portraits of {size[0]}x{size[1]}"
    return BulkInput(name, root / "Subjects", root / "Landmarks", frames)


def tiny_input(root: Path, sequences: int, length: int) -> BulkInput:
    """Frames of 12x16 with three landmarks each: what is left is the number of files."""
    pixels = np.random.default_rng(0).integers(0, 255, (12, 16, 3)).astype(np.uint8)
    image = cv2.imencode(".png", pixels)[1].tobytes()
    for sequence in range(sequences):
        place = Path(f"S{sequence:05}", "T1")
        images, texts = root / "Subjects" / place, root / "Landmarks" / place
        images.mkdir(parents=True)
        texts.mkdir(parents=True)
        for frame in range(length):
            (images / f"{frame:06}.png").write_bytes(image)
            corners = f"{1 + frame % 3} 1\n14 1\n7 10\n"
            (texts / f"{frame:06}_landmarks.txt").write_text(corners)
    frames = sequences * length
    return BulkInput(f"{frames:,} frames", root / "Subjects", root / "Landmarks", frames)


def _portrait(
    photograph: np.ndarray, points: Landmarks, size: tuple[int, int], time: int
) -> tuple[np.ndarray, Landmarks]:
    H, W = size
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.6 * min(W / (high[0] - low[0]), H / (high[1] - low[1]))
    middle = np.array([W, H]) / 2 + np.array([0.03 * W, 0.02 * H]) * np.sin([time / 8, time / 5])
    shift = middle - scale * (low + high) / 2
    matrix = np.column_stack([np.eye(2) * scale, shift])
    image = cv2.warpAffine(
        photograph, matrix, (W, H), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    noise = np.random.default_rng(time).normal(0, 2, image.shape)  # as of a camera
    return np.clip(image + noise, 0, 255).astype(np.uint8), points * scale + shift
