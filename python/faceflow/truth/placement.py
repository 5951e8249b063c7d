"""Points that are put beside a face's landmarks, and the triangles over all of them.

They are appended to the landmarks, and landmarks *as used* are all of these: in landmark files,
shards and samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from faceflow.flow.render import border_anchors
from faceflow.flow.triangulation import triangulate
from faceflow.truth import forehead, meanface
from faceflow.truth.border import ANCHORS, border_triangles
from faceflow.types import Landmarks, Size, Triangles


@dataclass(frozen=True)
class Placement:
    """Which points are placed, and what triangles follow from.

    Examples
    --------
    >>> face = np.array([[3.0, 3.0], [9.0, 3.0], [6.0, 9.0]])
    >>> placement = Placement(border=True)
    >>> points = placement.place(face, (12, 12))
    >>> len(points), len(placement.triangulate(points))
    (11, 12)
    """

    forehead: bool = False
    """`forehead.forehead_points`, which follow the head."""
    border: bool = False
    """`flow.render.border_anchors`, which do not move."""
    mean: bool = False
    """Whether triangles are those of the mean face, whatever the face."""

    @classmethod
    def of(cls, extend: object, triangulation: object, images: object = "real") -> Self:
        """What ``--extend`` and ``--triangulation`` ask for; rendered images hold the border."""
        border = extend == "border" or images == "rendered"
        return cls(extend == "forehead", border, triangulation == "mean")

    @property
    def count(self) -> int:
        """How many points are placed."""
        return forehead.POINTS * self.forehead + ANCHORS * self.border

    @property
    def points(self) -> int | None:
        """How many landmarks a face must have; None where any number will do."""
        return meanface.POINTS if self.forehead or self.mean else None

    def place(self, landmarks: Landmarks, size: Size) -> Landmarks:
        """The landmarks as used: (N, 2), and after them the placed points.

        Parameters
        ----------
        landmarks
            (N, 2) float64, pixels of the output.
        size
            (H, W) of the output.
        """
        parts = [landmarks]
        if self.forehead:
            parts.append(forehead.forehead_points(landmarks))
        if self.border:
            parts.append(border_anchors(size))
        return np.concatenate(parts)

    def face(self, points: Landmarks) -> Landmarks:
        """Of the landmarks as used those that were found on the face, (N, 2)."""
        return points[: max(len(points) - self.count, 0)]

    def triangulate(self, points: Landmarks) -> Triangles:
        """Triangles over the landmarks as used, (M, 3) int32.

        First those over the face's own points, as `triangulate` gives them: where triangles
        overlap the first one counts, so that flow on the face is what it is without placed points.

        Raises
        ------
        ArrayError
            As for `triangulate`.
        """
        if self.mean:
            points = self.place(meanface.mean_face(), (1, 1))  # anchors count by their order alone
        face = np.ascontiguousarray(self.face(points))
        triangles = triangulate(face)
        if self.forehead:
            more = forehead.forehead_triangles(points, triangles, len(face))
            triangles = np.concatenate([triangles, more])
        if self.border:
            ring = border_triangles(points, triangles, len(points) - ANCHORS)
            triangles = np.concatenate([triangles, ring])
        return triangles
