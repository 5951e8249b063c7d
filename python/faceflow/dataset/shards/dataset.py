"""Datasets in shards read back, pair by pair."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from faceflow.dataset.flowfile import as_read
from faceflow.dataset.reader import Names, Sample
from faceflow.dataset.shards.sequence import ShardsSequence
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import DatasetError, FlowFileError
from faceflow.files import StrPath, shown
from faceflow.types import Flow, Landmarks, Mask


class ShardsDataset(Sequence[Sample]):
    """The pairs of shards whose status is ``ok``, in natural order, as `FilesDataset` gives them.

    The flow is synthesised when it is read, to the bits that the files writer would have written.

    Raises
    ------
    DatasetError
        There is no dataset there, or a record of it is damaged.
    """

    def __init__(self, path: StrPath) -> None:
        self.root = Path(path)
        self._tree = DatasetTree.open(self.root)
        self._sequences = [ShardsSequence(layout.record) for layout in self._tree.layouts()]
        self._ends = list(accumulate(len(sequence.pairs) for sequence in self._sequences))
        self._places = {
            (sequence.subject, sequence.sequence): i for i, sequence in enumerate(self._sequences)
        }

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        place = bisect_right(self._ends, number)
        sequence = self._sequences[place]
        first, second = sequence.pairs[number - self._ends[place]].tolist()
        return self._sample(sequence, first, second)

    def sample_between(self, subject: str, sequence: str, first: str, second: str) -> Sample:
        """Any two frames of a sequence that have a face, neighbours or not, as a sample.

        Raises
        ------
        DatasetError
            There is no such frame, it has no face, or it cannot be read.
        """
        place = self._sequence(subject, sequence)
        return self._sample(place, place.number(first), place.number(second))

    def flow_between(
        self, subject: str, sequence: str, first: str, second: str
    ) -> tuple[Flow, Mask]:
        """The flow (H, W, 2) and validity (H, W) between any two frames, without their pictures.

        Raises
        ------
        DatasetError
            As for `sample_between`.
        """
        place = self._sequence(subject, sequence)
        return self._flow(place, place.number(first), place.number(second))[:2]

    def _sequence(self, subject: str, sequence: str) -> ShardsSequence:
        place = self._places.get((subject, sequence))
        if place is None:
            where = shown(f"{subject}/{sequence}")
            raise DatasetError(f"{shown(self.root)} has no sequence {where}")
        return self._sequences[place]

    def _sample(self, sequence: ShardsSequence, first: int, second: int) -> Sample:
        frames = np.stack([sequence.image(first), sequence.image(second)])[..., ::-1].copy()
        flow, valid, landmarks = self._flow(sequence, first, second)
        names = sequence.subject, sequence.sequence, sequence.names[first], sequence.names[second]
        return Sample(frames, flow, valid, _as_listed(landmarks), Names(*names))

    def _flow(
        self, sequence: ShardsSequence, first: int, second: int
    ) -> tuple[Flow, Mask, Landmarks]:
        tree, name = self._tree, sequence.called(first, second)
        flow, valid, landmarks = sequence.flow(first, second, tree.fill, tree.without_hidden)
        try:
            flow = as_read(flow, valid, tree.flow_format, tree.outside, name)
            return flow, valid, landmarks
        except FlowFileError as error:
            raise DatasetError(f"{name}: {error}") from error


def _as_listed(landmarks: Landmarks) -> Landmarks:
    """The landmarks to 3 decimals, as the files writer's CSVs list them."""
    listed = [float(f"{value:.3f}") for value in landmarks.ravel().tolist()]
    return np.array(listed, np.float64).reshape(landmarks.shape)
