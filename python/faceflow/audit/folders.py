"""Flow files in folders, whoever made them, with the frames that they belong to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faceflow.audit.pairs import Loaded, Pair, PairsOf
from faceflow.errors import ConfigError, DatasetError
from faceflow.files import natural_sorted, os_reason, shown
from faceflow.flowio import read_flow
from faceflow.images import read_image
from faceflow.sequences import is_image, stem

_SUFFIXES = (".flo", ".pfm", ".npz")
_PNG, _KITTI = ".png", "_flow"


@dataclass(frozen=True)
class FolderPair(Pair):
    """A flow file, and two images."""

    flow: Path
    images: tuple[Path, Path]
    negated: bool

    def load(self) -> Loaded:
        first, second = (read_image(path) for path in self.images)
        flow = read_flow(self.flow, negated=self.negated)
        if not first.shape[:2] == second.shape[:2] == flow.shape[:2]:
            sizes = [f"{a.shape[0]}x{a.shape[1]}" for a in (flow, first, second)]
            raise DatasetError(
                f"{shown(self.flow.name)} is {sizes[0]} (HxW), its frames {sizes[1]} and {sizes[2]}"
            )
        return Loaded(first, second, flow)


class Folders(PairsOf):
    """Folders of flow files: each folder with any is a sequence.

    A flow file belongs to the frame of its name (``0001.flo`` to ``0001.jpg``; KITTI's
    ``0001_flow.png`` too) and to the next one in natural order. Frames lie in the same folder, or
    at the same place below `images`, where PNG files beside flow are flow too (KITTI, HD1K).

    Parameters
    ----------
    root
        Holds the flow, at any depth.
    images
        Holds the frames, where that is elsewhere.
    negated
        Whether the files hold minus the flow, as those of the reference system do.

    Raises
    ------
    ConfigError
        One of them is no folder.
    """

    def __init__(self, root: Path, images: Path | None = None, negated: bool = False) -> None:
        for name, folder in (("DATASET", root), ("--images", images)):
            if folder is not None and not folder.is_dir():
                raise ConfigError(f"{name} {shown(folder)} is no folder")
        self.root = root
        self.images = images
        self.negated = negated
        self.kind = "flow files" + (" that hold minus the flow" if negated else "")

    def sequences(self) -> Iterator[tuple[str, Iterator[Pair]]]:
        found = {}
        for folder, _, names in os.walk(self.root):
            flows = {name: frame for name in names if (frame := self._frame_of(name)) is not None}
            if flows:
                found[os.path.relpath(folder, self.root)] = flows
        for place in natural_sorted(found):
            yield self._title(place), self._pairs(Path(place), found[place])

    def _title(self, place: str) -> str:
        return shown(self.root.absolute().name if place == "." else place)

    def _frame_of(self, name: str) -> str | None:
        """The frame that a file is the flow of; None where it is no flow file."""
        frame, dot, suffix = name.rpartition(".")
        suffix = (dot + suffix).lower()
        if name.startswith(".") or not frame or frame.endswith("_backward"):
            return None
        if suffix in _SUFFIXES:
            return frame
        if suffix != _PNG or frame.endswith("_valid"):
            return None
        if frame.endswith(_KITTI):
            return frame.removesuffix(_KITTI)
        return None if self.images is None else frame

    def _pairs(self, place: Path, flows: dict[str, str]) -> Iterator[Pair]:
        folder = (self.images or self.root) / place
        images = self._images(folder, flows if self.images is None else {})
        following = dict(zip(images, list(images.values())[1:], strict=False))
        number = 0
        for name in natural_sorted(flows):
            frame = flows[name]
            if frame in following:
                ends = folder / images[frame], folder / following[frame]
                names = self._title(str(place)), shown(frame), shown(stem(following[frame]))
                yield FolderPair(*names, number, self.root / place / name, ends, self.negated)
                number += 1

    def _images(self, folder: Path, flows: dict[str, str]) -> dict[str, str]:
        """The images of a folder by their stems, in natural order."""
        try:
            with os.scandir(folder) as entries:
                names = [e.name for e in entries if is_image(e.name) and e.name not in flows]
        except OSError as error:
            raise DatasetError(f"{shown(folder)} cannot be listed: {os_reason(error)}") from error
        return {stem(name): name for name in natural_sorted(names) if not _is_mask(name)}


def _is_mask(name: str) -> bool:
    return stem(name).endswith("_valid")
