"""Landmarks of frames that are rendered from one photograph."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from faceflow.flow.render import border_anchors, scale_landmarks
from faceflow.flow.triangulation import triangulate
from faceflow.truth.folds import unfold
from faceflow.truth.head_motion import HeadMotion, draw_head_motion
from faceflow.truth.placement import Placement
from faceflow.truth.render_options import RenderOptions
from faceflow.truth.slits import open_slits
from faceflow.truth.transfer import fit_similarity, move_by, without_head_motion
from faceflow.types import Landmarks, Size, Triangles


@dataclass(frozen=True)
class Rendering:
    """What the frames that are rendered from a photograph have in common."""

    options: RenderOptions
    placement: Placement
    """Of points beside the landmarks that move with them."""
    number: int
    """Of the frame that shows the photograph as it is."""
    face: Landmarks
    """(N, 2) of the photograph, in its pixels, within it, lips and lids apart."""
    points: Landmarks
    """(P, 2), the same and the points placed beside them, within the photograph."""
    start: Landmarks
    """(N, 2) of that frame in the motion, in the motion's pixels."""
    turn: complex
    """From the motion's pixels to the photograph's: turns and scales."""
    source_size: Size
    """(H, W) of the photograph."""
    size: Size
    """(H, W) of the frames."""
    first: Landmarks
    """(P + 8, 2) of that frame, in its pixels, with `border_anchors`."""
    triangles: Triangles
    head: HeadMotion | None
    seed: int

    def landmarks(self, number: int, tracked: Landmarks) -> tuple[Landmarks, int]:
        """Where a frame has the photograph's landmarks.

        Parameters
        ----------
        number
            The frame's.
        tracked
            (N, 2) float64 of the frame in the motion, in the motion's pixels.

        Returns
        -------
        landmarks
            (P + 8, 2) float64, in pixels of the frame: those of the face, points placed beside
            them, and anchors.
        repaired
            How many of them were held back, as the motion would have folded there.
        """
        if self.options.motions is not None:
            tracked = without_head_motion(tracked, self.start)
        motion = move_by(tracked - self.start, self.turn * self.options.motion_scale)
        face = self.face + motion
        if self.head is not None:
            low, high = self.face.min(axis=0), self.face.max(axis=0)
            extent = max(float((high - low).mean()), 1.0)
            face = self.head.move(face, (low + high) / 2, extent, number - self.number)
        moved = self.placement.place(face, self.size) - self.placement.place(self.face, self.size)
        placed = _with_anchors(self.points + moved, self.source_size, self.size)
        return unfold(self.first, placed, self.triangles, len(placed) - len(moved))

    def digest(self) -> bytes:
        """What changes when landmarks that it gives do."""
        arrays = (self.points, self.start, self.first, self.triangles)
        facts = (self.options.defining(), self.number, self.turn, self.source_size, self.size)
        known = repr((*facts, self.head, self.seed)).encode()
        return hashlib.sha256(known + b"".join(array.tobytes() for array in arrays)).digest()


def begin_rendering(
    options: RenderOptions,
    placement: Placement,
    name: bytes,
    number: int,
    start: Landmarks,
    face: Landmarks,
    source_size: Size,
    size: Size,
) -> Rendering:
    """Make ready to move a photograph's landmarks.

    Parameters
    ----------
    options
        How they move.
    placement
        Which points are placed beside them; none at the border.
    name
        The sequence's, which with the options' seed says what is drawn by lot.
    number, start
        The frame of the motion that shows the photograph as it is, and (N, 2) its landmarks.
    face
        (N, 2) landmarks of the photograph, in its pixels.
    source_size, size
        (H, W) of the photograph and of the frames.
    """
    H, W = source_size
    most = (W - 1.0, H - 1.0)
    face = np.clip(open_slits(face), 0.0, most)
    points = np.clip(placement.place(face, size), 0.0, most)
    turn = 1 + 0j if options.motions is None else fit_similarity(start, face)[0]
    first = _with_anchors(points, source_size, size)
    digest = hashlib.sha256(options.seed.to_bytes(8, "big") + name).digest()
    seed = int.from_bytes(digest[:8], "big")
    return Rendering(
        options,
        placement,
        number,
        face,
        points,
        start,
        turn,
        source_size,
        size,
        first,
        triangulate(first),
        None if options.head_motion == "none" else draw_head_motion(options.head_motion, seed),
        seed,
    )


def _with_anchors(points: Landmarks, source_size: Size, size: Size) -> Landmarks:
    return np.concatenate([scale_landmarks(points, source_size, size), border_anchors(size)])
