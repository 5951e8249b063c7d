"""Frames rendered from the photograph, a dataset made of them, and its error against the motion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from faceflow.dataset.layout import SequenceLayout
from faceflow.dataset.reader import open_dataset
from faceflow.demo.astronaut import load_astronaut
from faceflow.demo.motion import EXPRESSIONS, animate
from faceflow.demo.sheet import draw_sheet
from faceflow.files import atomic_write
from faceflow.flow.metrics import endpoint_error
from faceflow.flow.render import border_anchors, render, scale_landmarks
from faceflow.flow.synthesis import synthesize
from faceflow.flow.triangulation import triangulate
from faceflow.flow.warp import warp
from faceflow.generate.config import GenerateConfig
from faceflow.generate.run import Run, Selection, plan_run
from faceflow.images import encode_image
from faceflow.landmarks.options import LandmarkOptions
from faceflow.progress import Progress
from faceflow.types import Flow, Landmarks, Triangles

SUBJECT = "astronaut"
SIZE = (512, 384)
FRAMES = 10


@dataclass
class DemoResult:
    """What the demo measured; errors in pixels, differences in grey levels."""

    pairs: int
    endpoint_error: float
    largest_motion: float
    difference_without_flow: float
    difference_with_flow: float
    files: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class _Motion:
    """An expression's landmarks with anchors, (T, 76, 2), and the triangles of the first frame."""

    landmarks: Landmarks

    @cached_property
    def triangles(self) -> Triangles:
        return triangulate(self.landmarks[0])

    def true_flow(self, first: int) -> Flow:
        """The motion that was rendered, from a frame to the next."""
        start, end = self.landmarks[first], self.landmarks[first + 1]
        return synthesize(start, end, SIZE, self.triangles)


def make_demo(out: Path, progress: Progress, lock: bool = True) -> DemoResult:
    """Render, generate, measure, and draw ``demo.png``.

    Raises
    ------
    ConfigError
        scikit-image is not installed, or `out` cannot be written.
    OSError
        The disk is full.
    """
    motions = dict(_render(out))
    selection = Selection(out / "Subjects", out / "dataset")
    source = LandmarkOptions("files", out / "Landmarks")
    config = GenerateConfig(source, SIZE, viz="all", image_format="png", refine="none")
    run = Run(selection, config, plan_run(selection, config), lock=lock)
    with run.claim():
        run.make(progress)
    result = _measure(out / "dataset", motions)
    layouts = [SequenceLayout(out / "dataset", SUBJECT, name, "flo", "png") for name in motions]
    sheet = out / "demo.png"
    atomic_write(sheet, encode_image(draw_sheet(layouts), ".png"))
    result.files = [out / "Subjects", out / "Landmarks", out / "dataset", sheet]
    return result


def _render(out: Path) -> Iterator[tuple[str, _Motion]]:
    """Write the frames and landmarks of each expression."""
    photograph, landmarks = load_astronaut()
    face = scale_landmarks(landmarks, (photograph.shape[0], photograph.shape[1]), SIZE)
    anchors = border_anchors(SIZE)
    for expression in EXPRESSIONS:
        images = out / "Subjects" / SUBJECT / expression
        texts = out / "Landmarks" / SUBJECT / expression
        for folder in (images, texts):
            folder.mkdir(parents=True, exist_ok=True)
        faces = animate(face, expression, FRAMES)
        motion = _Motion(np.stack([np.vstack([points, anchors]) for points in faces]))
        for number, points in enumerate(motion.landmarks):
            frame = render(photograph, motion.landmarks[0], points, SIZE, motion.triangles)
            atomic_write(images / f"{number + 1:03}.png", encode_image(frame, ".png"))
            lines = "".join(f"{x!r} {y!r}\n" for x, y in points[:68].tolist())
            atomic_write(texts / f"{number + 1:03}_landmarks.txt", lines.encode())
        yield expression, motion


def _measure(dataset: Path, motions: dict[str, _Motion]) -> DemoResult:
    """The generated flow against what was rendered, inside the face."""
    samples = open_dataset(dataset)
    errors, without, with_flow, longest = [], [], [], 0.0
    for sample in samples:
        truth = motions[sample.names.sequence].true_flow(int(sample.names.first) - 1)
        errors.append(endpoint_error(sample.flow, truth, sample.valid))
        longest = max(longest, float(np.linalg.norm(truth[sample.valid], axis=1).max()))
        first, second = (frame.astype(np.float32) for frame in sample.frames)
        without.append(np.abs(second - first)[sample.valid].mean())
        pulled_back = warp(second, sample.flow)
        with_flow.append(np.abs(pulled_back - first)[sample.valid].mean())
    return DemoResult(
        len(samples),
        float(np.mean(errors)),
        longest,
        float(np.mean(without)),
        float(np.mean(with_flow)),
    )
