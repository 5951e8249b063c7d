"""What is to be made of one sequence, known before any frame but the first good one is decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from faceflow.dataset.layout import PairName, SequenceLayout
from faceflow.errors import ArrayError, FrameError
from faceflow.files import shown
from faceflow.flow.checks import check_landmarks
from faceflow.flow.render import scale_landmarks
from faceflow.flow.triangulation import triangulate
from faceflow.generate.config import GenerateConfig
from faceflow.generate.pairs import pair_names
from faceflow.images import read_image
from faceflow.landmarks.choose import Chosen, choose_faces
from faceflow.landmarks.face import Found
from faceflow.sequences import SequenceFolder
from faceflow.types import Landmarks, Size, Triangles


@dataclass(frozen=True)
class SequencePlan:
    """A sequence, where its files go, and what its frames have in common.

    Sent whole to whoever makes a part of it, so that any part can be made anywhere.
    """

    folder: SequenceFolder
    layout: SequenceLayout
    config: GenerateConfig
    pairs: tuple[PairName, ...]
    cut: bool = False
    """Whether a limit left out the rest of the pairs."""
    landmarks: tuple[Landmarks | FrameError, ...] = ()
    """Of each frame, in pixels of the output."""
    confidences: tuple[float | None, ...] = ()
    """Of each frame's face, also of one that is not used."""
    source_size: Size | None = None
    """Of the first frame that can be read; None if there is none."""
    triangles: Triangles | None = None
    """For every pair; None if each has its own."""

    @property
    def size(self) -> Size | None:
        """Of what is written; None if no frame can be read."""
        return self.config.size or self.source_size

    @cached_property
    def place(self) -> dict[str, int]:
        """Frame name -> its number."""
        return {name: i for i, name in enumerate(self.folder.stems)}

    def pair_outputs(self, pair: PairName) -> set[Path]:
        """Every file of one pair."""
        paths = {self.layout.flow(pair)}
        if self.config.writes_masks:
            paths.add(self.layout.valid(pair))
        if self.config.viz in ("flow", "all"):
            paths.add(self.layout.flow_picture(pair))
        if self.config.viz in ("mesh", "all"):
            paths.add(self.layout.mesh_picture(pair))
        return paths


def outline(
    folder: SequenceFolder, output: Path, config: GenerateConfig, limit: int | None = None
) -> SequencePlan:
    """Plan names and paths only; nothing is read. `limit` cuts the pairs, and frames after them."""
    layout = SequenceLayout(
        output, folder.subject, folder.sequence, config.flow_format, config.image_format
    )
    pairs = pair_names(folder.stems, config.stride, config.from_first, config.direction)
    whole = len(pairs)
    if limit is not None and limit < whole:
        pairs = pairs[:limit]
        used = {name for pair in pairs for name in (pair.first, pair.second)}
        last = max(i for i, name in enumerate(folder.stems) if name in used)
        folder = replace(folder, images=folder.images[: last + 1])
    plan = SequencePlan(folder, layout, config, tuple(pairs), len(pairs) < whole)
    return replace(plan, folder=replace(folder, problem=folder.problem or _clash(plan)))


def _clash(plan: SequencePlan) -> str | None:
    """Two outputs of one name, as with frames called ``1`` and ``1_valid``."""
    frames = plan.folder.stems
    paths = [plan.layout.image(f) for f in frames] + [plan.layout.landmarks(f) for f in frames]
    paths += [path for pair in plan.pairs for path in plan.pair_outputs(pair)]
    for path, count in Counter(paths).items():
        if count > 1:
            return f"two of its outputs would have the name {shown(path.name)}"
    return None


def complete(plan: SequencePlan, read: Callable[[], list[Found]]) -> SequencePlan:
    """Choose the faces, and read the frames up to the first good one: size and triangles follow.

    Where the first frames have no face, the triangles are those of the first that has; where later
    ones have none, the triangles stay: flows of one sequence can be compared, before and after.
    """
    chosen = choose_faces(read(), plan.config.landmarks.min_confidence)
    landmarks = _counted(chosen)
    source_size = first = None
    for number, image in enumerate(plan.folder.images):
        try:
            size = read_image(plan.folder.folder / image).shape[:2]
        except FrameError:
            continue
        if source_size is None:
            source_size = size
            landmarks = tuple(
                _scale(points, size, plan.config.size or size) for points in landmarks
            )
        if size == source_size and not isinstance(landmarks[number], FrameError):
            first = number
            break
    return replace(
        plan,
        landmarks=landmarks,
        confidences=tuple(None if c.face is None else c.face.confidence for c in chosen),
        source_size=source_size,
        triangles=None if first is None else _triangles(landmarks[first], plan.config),
    )


def _scale(points: Landmarks | FrameError, old: Size, new: Size) -> Landmarks | FrameError:
    """The landmarks in pixels of the output, which may put them too far away."""
    if isinstance(points, FrameError):
        return points
    try:
        return check_landmarks("landmarks", scale_landmarks(points, old, new))
    except ArrayError as error:
        return FrameError("bad_landmarks", f"in pixels of the output, {error}")


def _counted(chosen: Sequence[Chosen]) -> tuple[Landmarks | FrameError, ...]:
    """The landmarks of each frame; the number of points that most frames have is the right one."""
    found = [_usable(choice) for choice in chosen]
    counts = Counter(len(points) for points in found if not isinstance(points, FrameError))
    if not counts:
        return tuple(found)
    usual = counts.most_common(1)[0][0]
    return tuple(
        points
        if isinstance(points, FrameError) or len(points) == usual
        else FrameError("wrong_point_count", f"{len(points)} landmarks, the sequence has {usual}")
        for points in found
    )


def _usable(choice: Chosen) -> Landmarks | FrameError:
    if choice.error is not None or choice.face is None:
        return choice.error or FrameError("no_face", "no face was found")
    return choice.face.landmarks


def _triangles(first: Landmarks | FrameError, config: GenerateConfig) -> Triangles | None:
    if config.triangulation == "each" or isinstance(first, FrameError):
        return None
    return triangulate(np.ascontiguousarray(first))
