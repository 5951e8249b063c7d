"""The pairs of a dataset that a network is trained or validated on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faceflow.dataset.parts import read_part
from faceflow.dataset.reader import Names
from faceflow.dataset.share import share_out
from faceflow.dataset.split import PARTS
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import ConfigError
from faceflow.files import StrPath, shown
from faceflow.learn.data.landmarkfiles import LandmarkFiles
from faceflow.learn.data.sequences import FilesFrames, SequenceFrames, ShardsFrames
from faceflow.truth.placement import Placement
from faceflow.types import AnyArray


class Pair(NamedTuple):
    """Two frames of a sequence."""

    frames: SequenceFrames
    first: int
    second: int


@dataclass(frozen=True)
class Pairs(Sequence[Pair]):
    """Pairs with flow, in natural order; each takes 8 bytes beside the records of its sequence."""

    root: Path
    placement: Placement
    """Which points stand after a face's landmarks."""
    without_hidden: bool
    """Whether folded and hidden pixels are no ground truth."""
    sequences: Sequence[SequenceFrames]
    chosen: AnyArray
    """(P, 2) int32: number of the sequence, and of the pair in it."""

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: int) -> Pair:  # type: ignore[override]  # no slices
        place, number = self.chosen[index].tolist()
        frames = self.sequences[place]
        return Pair(frames, *frames.pairs[number].tolist())

    @property
    def subjects(self) -> list[str]:
        """Whose pairs there are, each once, in natural order."""
        places = np.unique(self.chosen[:, 0]).tolist()
        return list(dict.fromkeys(self.sequences[place].subject for place in places))

    def names(self, index: int) -> Names:
        """What a pair is called."""
        frames, first, second = self[index]
        return Names(frames.subject, frames.sequence, frames.names[first], frames.names[second])

    def every(self, step: int) -> Pairs:
        """Every so many-th pair, from the first on."""
        return self._with(self.chosen[::step])

    def of_subjects(self, subjects: Iterable[str]) -> Pairs:
        """Those of some subjects only."""
        wanted = set(subjects)
        is_wanted = np.array([frames.subject in wanted for frames in self.sequences], np.bool_)
        return self._with(self.chosen[is_wanted[self.chosen[:, 0]]])

    def of_names(self, names: Iterable[Names]) -> Pairs:
        """Those of some names only, in natural order.

        Raises
        ------
        ConfigError
            One of them is not there.
        """
        places = {(one.subject, one.sequence): i for i, one in enumerate(self.sequences)}
        numbers: dict[int, dict[tuple[int, int], int]] = {}
        chosen = []
        for name in names:
            place = places.get((name.subject, name.sequence), -1)
            if place >= 0 and place not in numbers:
                listed = map(tuple, self.sequences[place].pairs.tolist())
                numbers[place] = {pair: i for i, pair in enumerate(listed)}
            number = _find(self.sequences[place], numbers[place], name) if place >= 0 else None
            if number is None:
                what = shown("/".join(name[:2])), shown(name.first), shown(name.second)
                raise ConfigError(
                    f"{shown(self.root)} has no flow {what[0]} {what[1]} -> {what[2]}, which its "
                    "split lists; faceflow split --overwrite lists what is there"
                )
            chosen.append((place, number))
        return self._with(np.unique(np.array(chosen, np.int32).reshape(-1, 2), axis=0))

    def _with(self, chosen: AnyArray) -> Pairs:
        return Pairs(self.root, self.placement, self.without_hidden, self.sequences, chosen)


def _find(frames: SequenceFrames, numbers: dict[tuple[int, int], int], name: Names) -> int | None:
    first, second = frames.number(name.first), frames.number(name.second)
    return None if first is None or second is None else numbers.get((first, second))


def open_pairs(path: StrPath, part: str | None = None) -> Pairs:
    """Open a dataset for training: its pairs whose status is ``ok``, of a files tree or of shards.

    Records are read, frames are not. The object can be sent to other processes.

    Parameters
    ----------
    path
        The output folder, which holds ``dataset.json``.
    part
        ``"train"``, ``"val"`` or ``"test"`` as ``faceflow split`` wrote them; None for all pairs.

    Raises
    ------
    DatasetError
        There is no dataset there, or a record or the split is damaged.
    ConfigError
        There is no pair; there is no such part, it is empty, lists what is not there, or shares a
        subject with another.

    Examples
    --------
    >>> open_pairs("none")
    Traceback (most recent call last):
    ...
    faceflow.errors.DatasetError: none/dataset.json cannot be read: No such file or directory
    """
    root = Path(path)
    tree = DatasetTree.open(root)
    landmark_files = LandmarkFiles()
    sequences = [
        ShardsFrames(layout) if tree.in_shards else FilesFrames(layout, landmark_files)
        for layout in tree.layouts()
    ]
    counts = [len(frames.pairs) for frames in sequences]
    places = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    within = [np.arange(count, dtype=np.int32) for count in counts]
    chosen = np.stack([places, np.concatenate([np.empty(0, np.int32), *within])], axis=1)
    pairs = Pairs(root, tree.placement, tree.without_hidden, sequences, chosen)
    if part is not None:
        pairs = pairs.of_names(read_part(root, part))
    if len(pairs) == 0:
        raise ConfigError(f"{shown(root)} has no pair with flow")
    return pairs


def split_pairs(
    pairs: Pairs, fractions: Sequence[float] = (0.8, 0.1, 0.1), seed: int = 0
) -> dict[str, Pairs]:
    """Share pairs out to train, val and test by subject, as ``faceflow split`` does on disk.

    Parameters
    ----------
    pairs
        What to share out.
    fractions
        Of train, val and test, summing to 1; a part with 0 gets nothing and is left out.
    seed
        Another gives other parts of much the same sizes.

    Raises
    ------
    ConfigError
        There are fewer subjects than parts.
    """
    sizes: dict[str, int] = {}
    counts = np.bincount(pairs.chosen[:, 0], minlength=len(pairs.sequences)).tolist()
    for frames, count in zip(pairs.sequences, counts, strict=True):
        if count:
            sizes[frames.subject] = sizes.get(frames.subject, 0) + count
    parts = share_out(sizes, fractions, seed)
    return {
        name: pairs.of_subjects(subject for subject, place in parts.items() if place == number)
        for number, name in enumerate(PARTS)
        if number in parts.values()
    }
