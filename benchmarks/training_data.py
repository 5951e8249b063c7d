"""A dataset to train on, and what every trainer has to do with it: decode, crop and resize."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from bulk_input import portrait_input, real_input

from faceflow.execute.local import LocalExecutor
from faceflow.flowio import read_flow
from faceflow.generate.config import GenerateConfig
from faceflow.generate.run import Run, Selection, plan_run
from faceflow.landmarks.box import Box, crop_box
from faceflow.landmarks.options import LandmarkOptions
from faceflow.learn.data.index import Pairs, open_pairs
from faceflow.types import AnyArray, Size

FRAMES = 250


class Quiet:
    """Progress that is told to nobody."""

    def start(self, what: str, total: int) -> None:
        """Take no notice."""

    def advance(self, done: int, failed: int) -> None:
        """Take no notice."""


def make_dataset(root: Path) -> tuple[str, Pairs]:
    """Frames of 512x384 with stored flow: of the shared recordings, or else of portraits."""
    given = real_input(root, 1) or portrait_input(root, FRAMES, (512, 384))
    landmarks = LandmarkOptions("files", given.landmarks)
    config = GenerateConfig(landmarks=landmarks, refine="none")
    selected = Selection(given.images, root / "dataset")
    run = Run(selected, config, plan_run(selected, config), LocalExecutor(2), False)
    with run.claim():
        run.make(Quiet())
    return given.name, open_pairs(root / "dataset")


class Floor:
    """A pair's frames decoded, cropped and resized: the paths and the boxes are known before."""

    def __init__(self, pairs: Pairs, size: Size, margin: int) -> None:
        self.size = size
        self.items = [_paths(pairs, i, margin) for i in range(len(pairs))]

    def frames(self, numbers: range, out: list[AnyArray]) -> None:
        """Write the first and the second frames of some pairs, (B, H, W, 3) uint8 in RGB order."""
        for place, number in enumerate(numbers):
            paths, _, box = self.items[number]
            for path, frames in zip(paths, out, strict=True):
                cv2.cvtColor(self._frame(path, box), cv2.COLOR_BGR2RGB, frames[place])

    def stored_flow(self, number: int, sizes: list[Size]) -> list[AnyArray]:
        """The pair's flow file read, cropped and resized to each size, with weights."""
        _, path, box = self.items[number]
        flow, valid = read_flow(path, return_valid=True)
        flow, valid = (array[box.top : box.bottom, box.left : box.right] for array in (flow, valid))
        flow = np.where(valid[..., None], flow, np.float32(0))
        (H, W), fields = flow.shape[:2], []
        for h, w in sizes:
            field = np.empty((h, w, 3), np.float32)
            shrinks = cv2.INTER_AREA if h <= H and w <= W else cv2.INTER_LINEAR
            scale = np.array([w / W, h / H], np.float32)
            field[..., :2] = cv2.resize(flow, (w, h), interpolation=shrinks) * scale
            weight = valid.view(np.uint8)
            field[..., 2] = cv2.resize(weight, (w, h), interpolation=cv2.INTER_NEAREST)
            fields.append(field)
        return fields

    def _frame(self, path: Path, box: Box) -> AnyArray:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        part = image[box.top : box.bottom, box.left : box.right]
        h, w = self.size
        shrinks = box.size[0] >= h and box.size[1] >= w
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(part, (w, h), interpolation=method))


def _paths(pairs: Pairs, index: int, margin: int) -> tuple[list[Path], Path, Box]:
    frames, first, _ = pairs[index]
    names = pairs.names(index)
    folder = pairs.root / names.subject / f"flow_{names.sequence}"
    paths = [folder / f"{name}.jpg" for name in (names.first, names.second)]
    box = crop_box(frames.read(first).landmarks, frames.size, margin)
    return paths, folder / f"{names.first}.flo", box
