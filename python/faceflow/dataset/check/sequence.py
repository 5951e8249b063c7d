"""The check of one sequence of a files tree."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np

from faceflow.dataset.check.findings import Fault, Part
from faceflow.dataset.check.inside import inner_name, look_at, sequence_name
from faceflow.dataset.check.looks import Looks
from faceflow.dataset.check.opened import OpenedSequence
from faceflow.dataset.layout import PairName
from faceflow.dataset.recordfile import NameNumbers
from faceflow.dataset.records import WITHOUT_IMAGE, FrameRecord
from faceflow.execute.work import Stream, Task
from faceflow.files import TEMPORARY_PREFIX, shown

_BLOCK = 64
_SUFFIXES = (".jpg", ".png", ".flo", ".npz", ".csv")


Item = TypeVar("Item")


class _Pictures(NamedTuple):
    """Which pictures a sequence has."""

    flow: bool
    mesh: bool


class FilesCheck:
    """Looks at every file that a sequence's record promises, and for others beside them."""

    def __init__(self, opened: OpenedSequence) -> None:
        self.opened = opened
        self.layout = opened.layout
        self._looks = Looks(opened.record.size, self.layout.image_format)
        self._points = array("i", bytes(4 * opened.record.frame_count))
        self._pictures = self._made_pictures()

    def stages(self) -> Iterator[list[Task] | Stream]:
        """What is to be done, in parts that each return a `Part`."""
        frames = self.opened.frames()
        yield Stream.of_tasks(
            partial(self._check_frames, block) for block in _blocks(enumerate(frames))
        )
        pairs = self.opened.ok_pairs()
        yield Stream.of_tasks(partial(self._check_pairs, block) for block in _blocks(pairs))
        yield [self._check_points, self._find_others]

    def _check_frames(self, frames: list[tuple[int, FrameRecord]]) -> Part:
        part, layout = Part(), self.layout
        for number, frame in frames:
            if frame.reason not in WITHOUT_IMAGE:
                part.add(look_at(layout, layout.image(frame.name), self._looks.image))
            if frame.status == "ok":
                path = layout.landmarks(frame.name)
                counted = partial(self._points.__setitem__, number)
                part.add(look_at(layout, path, self._looks.landmarks(path, counted)))
        return part

    def _check_pairs(self, pairs: list[PairName]) -> Part:
        part, layout, looks = Part(), self.layout, self._looks
        for pair in pairs:
            part.add(look_at(layout, layout.flow(pair), looks.flow))
            if self.opened.tree.has_masks:
                part.add(look_at(layout, layout.valid(pair), looks.mask))
            if self._pictures.flow:
                part.add(look_at(layout, layout.flow_picture(pair), looks.picture))
            if self._pictures.mesh:
                part.add(look_at(layout, layout.mesh_picture(pair), looks.picture))
        return part

    def _check_points(self) -> Part:
        """Every frame has as many landmarks as most, and the triangles have no others."""
        points = np.array(self._points)
        counts = np.bincount(points[points > 0]) if points.any() else np.zeros(1, np.int64)
        usual, part = int(counts.argmax()), Part()
        triangles = self.opened.triangles
        if triangles is not None and usual and triangles.max(initial=-1) >= usual:
            part.faults.append(
                self.opened.fault(f"has triangles of landmark {triangles.max()}, there are {usual}")
            )
        tracked = self.opened.record.tracked
        if tracked is not None and usual and tracked > usual:
            part.faults.append(
                self.opened.fault(f"has {tracked} tracked landmarks, there are {usual}")
            )
        wrong = (points > 0) & (points != usual)
        frames = self.opened.record.frames() if wrong.any() else ()
        for number, frame in enumerate(frames):
            if wrong[number]:
                name = inner_name(self.layout, self.layout.landmarks(frame.name))
                line = f"{shown(name)} has {points[number]} landmarks, the sequence has {usual}"
                part.faults.append(Fault("damaged", self.opened.name, line, (name,)))
        return part

    def _find_others(self) -> Part:
        known, part = NameNumbers(self._known()), Part()
        for folder in (self.layout.flows, self.layout.pictures, self.layout.records):
            for name in _listed(folder):
                inner = f"{folder.name}/{name}"
                ours = name.endswith(_SUFFIXES) or name.startswith(TEMPORARY_PREFIX)
                if ours and known.get(inner) is None:
                    line = f"{shown(f'{self.layout.subject}/{inner}')} is in no record"
                    part.faults.append(Fault("extra", sequence_name(self.layout), line))
        return part

    def _known(self) -> Iterator[str]:
        """Every file that the record may have made, within the subject's folder."""
        layout = self.layout
        for frame in self.opened.record.frames():
            if frame.reason not in WITHOUT_IMAGE:
                yield f"{layout.flows.name}/{layout.image(frame.name).name}"
            if frame.status == "ok":
                yield f"{layout.records.name}/{layout.landmarks(frame.name).name}"
        for pair, _ in self.opened.tree.ok_pairs(self.opened.record):
            paths = [layout.flow(pair), layout.flow_picture(pair), layout.mesh_picture(pair)]
            paths += [layout.valid(pair)] if self.opened.tree.has_masks else []
            yield from (f"{path.parent.name}/{path.name}" for path in paths)

    def _made_pictures(self) -> _Pictures:
        """Those that dataset.json has and of which there is any: it tells of the last run alone."""
        facts = self.opened.tree.facts.get("pictures")
        viz = facts.get("viz") if isinstance(facts, dict) else "none"
        names = _listed(self.layout.pictures) if viz in ("flow", "mesh", "all") else iter(())
        flow = mesh = False
        for name in names:
            mesh = mesh or name.endswith("_tri.png")
            flow = flow or (name.endswith(".png") and not name.endswith("_tri.png"))
        return _Pictures(flow and viz != "mesh", mesh and viz != "flow")


def _blocks(items: Iterator[Item]) -> Iterator[list[Item]]:
    while block := list(islice(items, _BLOCK)):
        yield block


def _listed(folder: os.PathLike[str]) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry.name for entry in entries)
    except OSError:  # what should be there is missed elsewhere
        return
