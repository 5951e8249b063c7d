"""Where everything of a dataset lies: the reference system's folders and names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FLOW_SUFFIXES = {"flo": ".flo", "kitti": "_flow.png", "npz": ".npz"}
"""What follows a pair's name, by ``--flow-format``."""


def configuration_path(root: Path) -> Path:
    """``dataset.json`` of a dataset."""
    return root / "dataset.json"


def landmark_table_path(root: Path) -> Path:
    """``landmarks.csv`` of what ``faceflow landmarks`` wrote."""
    return root / "landmarks.csv"


def report_path(root: Path) -> Path:
    """``report.html`` of a dataset."""
    return root / "report.html"


def state_path(root: Path) -> Path:
    """``progress.sqlite`` of a dataset that ``faceflow-gen`` made: what is done."""
    return root / "progress.sqlite"


def log_path(root: Path) -> Path:
    """``faceflow.log`` of a dataset."""
    return root / "faceflow.log"


def lock_path(root: Path) -> Path:
    """``.faceflow.lock`` of an output folder: locked while a run writes there."""
    return root / ".faceflow.lock"


@dataclass(frozen=True)
class PairName:
    """A pair's place in its sequence.

    Its files are named after the earlier frame, a backward flow with ``_backward``; where many
    pairs share that frame (``--from-first``), after both.
    """

    first: str
    second: str
    backward: bool = False
    from_first: bool = False

    @property
    def stem(self) -> str:
        """What its files' names begin with."""
        early, late = (self.second, self.first) if self.backward else (self.first, self.second)
        name = f"{early}_{late}" if self.from_first else early
        return f"{name}_backward" if self.backward else name


@dataclass(frozen=True)
class SequenceLayout:
    """The paths of one sequence's files."""

    root: Path
    subject: str
    sequence: str
    flow_format: str = "flo"
    image_format: str = "jpg"
    in_shards: bool = False
    """Whether images, landmarks and flow lie in tar files, and not where this says."""

    @cached_property
    def flows(self) -> Path:
        """The folder of images and flow."""
        return self.root / self.subject / f"flow_{self.sequence}"

    @cached_property
    def pictures(self) -> Path:
        """The folder of pictures."""
        return self.root / self.subject / f"flow_viz_{self.sequence}"

    @cached_property
    def records(self) -> Path:
        """The folder of landmarks and the sequence's record."""
        return self.root / self.subject / self.sequence

    @cached_property
    def parts(self) -> Path:
        """The folder of parts of shards, while a run is making them."""
        return self.records / "parts"

    @property
    def record(self) -> Path:
        """``sequence.json``."""
        return self.records / "sequence.json"

    def image(self, frame: str) -> Path:
        """The resized frame."""
        return self.flows / f"{frame}.{self.image_format}"

    def landmarks(self, frame: str) -> Path:
        """The frame's landmarks as used."""
        return self.records / f"{frame}.csv"

    def flow(self, pair: PairName) -> Path:
        """The pair's flow."""
        return self.flows / f"{pair.stem}{FLOW_SUFFIXES[self.flow_format]}"

    def valid(self, pair: PairName) -> Path:
        """The pair's validity mask."""
        return self.flows / f"{pair.stem}_valid.png"

    def flow_picture(self, pair: PairName) -> Path:
        """The pair's flow as a picture."""
        return self.pictures / f"{pair.stem}.png"

    def mesh_picture(self, pair: PairName) -> Path:
        """The second frame with the first one's triangles."""
        if not pair.backward:
            return self.pictures / f"{pair.second}_tri.png"
        # Backward from every frame to the first: it is not the second that tells them apart.
        name = pair.stem if pair.from_first else f"{pair.second}_backward"
        return self.pictures / f"{name}_tri.png"
