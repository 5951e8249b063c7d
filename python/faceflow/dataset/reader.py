"""Datasets read back, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import DatasetError, FrameError
from faceflow.files import StrPath, shown
from faceflow.flowio import read_flow
from faceflow.images import read_image
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.types import AnyArray, Flow, Landmarks, Mask

if TYPE_CHECKING:
    from faceflow.dataset.shards.dataset import ShardsDataset


class Names(NamedTuple):
    """What a pair is called."""

    subject: str
    sequence: str
    first: str
    second: str


class Sample(NamedTuple):
    """A pair of frames and the flow from the first to the second."""

    frames: AnyArray
    """(2, H, W, 3) uint8, red-green-blue."""

    flow: Flow
    """(H, W, 2) float32, pixels; where it is no ground truth NaN, 0 with ``--outside zero``, or,
    with ``--extend border``, what fades."""

    valid: Mask
    """(H, W) bool: where the flow is ground truth."""

    landmarks: Landmarks
    """(2, N, 2) float64, pixels, with the points that ``--extend`` places."""

    names: Names


class FilesDataset(Sequence[Sample]):
    """The pairs of a files tree whose status is ``ok``, in natural order."""

    def __init__(self, path: StrPath) -> None:
        self.root = Path(path)
        tree = DatasetTree.open(self.root)
        self._samples = [
            (layout, name)
            for layout in tree.layouts()
            for name, _ in tree.ok_pairs(RecordFile(layout.record))
        ]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        layout, pair = self._samples[index]
        try:
            frames = [read_image(layout.image(name)) for name in (pair.first, pair.second)]
            flow, valid = read_flow(layout.flow(pair), return_valid=True)
            if layout.valid(pair).exists():
                valid = read_image(layout.valid(pair))[..., 0] > 0
            points = [_landmarks(layout.landmarks(name)) for name in (pair.first, pair.second)]
        except FrameError as error:
            raise DatasetError(str(error)) from error
        if not flow.shape[:2] == valid.shape == frames[0].shape[:2] == frames[1].shape[:2]:
            raise DatasetError(f"{shown(layout.flow(pair))}: flow, mask and images differ in size")
        if len(points[0]) != len(points[1]):
            raise DatasetError(
                f"{shown(layout.landmarks(pair.second))} has {len(points[1])} landmarks, "
                f"the frame {shown(pair.first)} has {len(points[0])}"
            )
        return Sample(
            np.stack(frames)[..., ::-1].copy(),
            flow,
            valid,
            np.stack(points),
            Names(layout.subject, layout.sequence, pair.first, pair.second),
        )


def _landmarks(path: Path) -> Landmarks:
    faces = read_image_csv(path)
    if len(faces) != 1:
        raise DatasetError(f"{shown(path)} has {len(faces)} faces, a frame of a dataset has one")
    return faces[0].landmarks


def open_dataset(path: StrPath) -> FilesDataset | ShardsDataset:
    """Open a dataset that ``faceflow-gen`` made, or ``faceflow export`` put into shards.

    ``len(d)`` is the number of pairs with flow, and ``d[i]`` a `Sample`: frames, flow, valid,
    landmarks, names. It can be sliced, sent to other processes, and given to PyTorch's
    ``DataLoader``; TensorFlow is not needed.

    Parameters
    ----------
    path
        The output folder, which holds ``dataset.json``.

    Raises
    ------
    DatasetError
        There is no dataset there, or a record or file of it is damaged (when it is read).
    FlowFileError
        A flow file is damaged (when it is read).

    Examples
    --------
    >>> import faceflow as ff
    >>> ff.open_dataset("none")
    Traceback (most recent call last):
    ...
    faceflow.errors.DatasetError: none/dataset.json cannot be read: No such file or directory
    """
    if DatasetTree.open(Path(path)).in_shards:
        from faceflow.dataset.shards.dataset import ShardsDataset  # it imports this module

        return ShardsDataset(path)
    return FilesDataset(path)
