"""The errors of every method on one pair."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faceflow.dataset.reader import Sample, open_dataset
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import DatasetError, FaceflowError
from faceflow.evaluate.methods import Found, Method
from faceflow.evaluate.pairs import ChosenPair
from faceflow.evaluate.protocol import View, make_view
from faceflow.evaluate.regions import face_regions
from faceflow.flow.score import Score, score_flow
from faceflow.flowio.field import finite_pixels
from faceflow.truth.photometric import face_region, photometric_difference
from faceflow.types import AnyArray, Flow, Mask


class Outcome(NamedTuple):
    """What became of a method on a pair."""

    score: Score | None = None
    """None where there is none."""
    seconds: float = 0.0
    """The method's call alone."""
    resized: bool = False
    """Whether its field was of another size."""
    problem: str | None = None
    """Why it failed; None too where the method has nothing for the pair."""

    @property
    def missing(self) -> bool:
        """Whether the method has nothing for the pair."""
        return self.score is None and self.problem is None


class Measured(NamedTuple):
    """A pair, and what became of methods on it, by their numbers."""

    place: int
    """Among the pairs that are looked at."""
    outcomes: dict[int, Outcome]


class PairToMeasure(NamedTuple):
    """A part of the work."""

    place: int
    pair: ChosenPair
    methods: tuple[int, ...]
    """Their numbers."""


@dataclass(frozen=True)
class Subject:
    """A pair made ready: all that is the same for every method."""

    sample: Sample
    """What is scored."""
    regions: AnyArray | None
    """(H, W) uint8, of `face_regions`."""
    face: Mask
    """(H, W) bool: where the photometric error is taken."""

    @classmethod
    def of(cls, sample: Sample) -> Subject:
        """Find the face's parts."""
        size = (sample.valid.shape[0], sample.valid.shape[1])
        landmarks = sample.landmarks[0]
        return cls(sample, face_regions(landmarks, size), face_region(landmarks, size))

    def score(self, flow: Flow) -> Score:
        """All errors of a field.

        Parameters
        ----------
        flow
            (H, W, 2) float32, of the sample's size.

        Raises
        ------
        ArrayError
            It has no known vector where the truth is known.
        """
        sample = self.sample
        known = sample.valid & finite_pixels(sample.flow)
        first, second = sample.frames
        left = photometric_difference(first, second, flow, self.face)
        return score_flow(flow, sample.flow, known, self.regions, *left)


class Reader:
    """A dataset's pairs under a protocol.

    Raises
    ------
    DatasetError
        There is no dataset.
    """

    def __init__(self, data: Path, protocol: str) -> None:
        self._placement = DatasetTree.open(data).placement
        self._dataset = open_dataset(data)
        self._protocol = protocol

    def read(self, pair: ChosenPair) -> tuple[Sample, View]:
        """A pair, its landmarks those of the face alone, and how the protocol shows it.

        Raises
        ------
        FaceflowError
            It cannot be read.
        """
        sample: Sample = self._dataset[pair.number]
        if sample.names != pair.names:
            raise DatasetError("the dataset is another than it was when its pairs were listed")
        points = np.stack([self._placement.face(points) for points in sample.landmarks])
        whole = sample._replace(landmarks=points)
        return whole, make_view(self._protocol, whole)


class Bench(NamedTuple):
    """What all pairs are measured with."""

    reader: Reader
    methods: Sequence[Method]


def measure_pair(bench: Bench, part: PairToMeasure) -> Measured:
    """Have methods look at a pair, and score what they find.

    What fails is told in the result: one method does not stop the others.
    """
    try:
        whole, view = bench.reader.read(part.pair)
        subject = Subject.of(view.scored)
    except FaceflowError as error:
        failed = Outcome(problem=f"the pair cannot be read: {error}")
        return Measured(part.place, dict.fromkeys(part.methods, failed))
    return Measured(
        part.place,
        {
            number: _outcome(bench.methods[number], subject, view, whole, part.pair.stem)
            for number in part.methods
        },
    )


def _outcome(method: Method, subject: Subject, view: View, whole: Sample, stem: str) -> Outcome:
    started = time.perf_counter()
    try:
        found = method.flow(view, whole, stem)
        seconds = time.perf_counter() - started
        if found is None:
            return Outcome()
        return Outcome(subject.score(view.brought(found.flow)), seconds, found.resized)
    except FaceflowError as error:
        return Outcome(problem=str(error))
    except Exception as error:  # another package's: anything
        return Outcome(problem=f"{type(error).__name__}: {error}")


def predict(bench: Bench, number: int, pair: ChosenPair) -> tuple[Sample, Flow]:
    """What is scored of a pair, and a method's flow of it.

    Raises
    ------
    DatasetError
        The method has none.
    Exception
        The pair cannot be read, or the method fails.
    """
    whole, view = bench.reader.read(pair)
    found: Found | None = bench.methods[number].flow(view, whole, pair.stem)
    if found is None:
        raise DatasetError("the method has no flow of this pair")
    return view.scored, view.brought(found.flow)
