"""Points that are put beside a face's landmarks, and the triangles over all of them.

They are appended to the landmarks, and landmarks *as used* are all of these: in landmark files,
shards and samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceflow.flow.render import border_anchors
from faceflow.flow.triangulation import triangulate
from faceflow.truth.border import ANCHORS, border_triangles
from faceflow.types import Landmarks, Size, Triangles


@dataclass(frozen=True)
class Placement:
    """Which points are placed.

    Examples
    --------
    >>> face = np.array([[3.0, 3.0], [9.0, 3.0], [6.0, 9.0]])
    >>> placement = Placement(border=True)
    >>> points = placement.place(face, (12, 12))
    >>> len(points), len(placement.triangulate(points))
    (11, 12)
    """

    border: bool = False
    """`flow.render.border_anchors`, which do not move."""

    @property
    def count(self) -> int:
        """How many points are placed."""
        return ANCHORS * self.border

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
        if self.border:
            parts.append(border_anchors(size))
        return np.concatenate(parts)

    def face(self, points: Landmarks) -> Landmarks:
        """Of the landmarks as used those that are of the face, (N, 2)."""
        return points[: len(points) - self.count]

    def triangulate(self, points: Landmarks) -> Triangles:
        """Triangles over the landmarks as used, (M, 3) int32.

        First those over the face's own points, as `triangulate` gives them: where triangles
        overlap the first one counts, so that flow on the face is what it is without placed points.

        Raises
        ------
        ArrayError
            As for `triangulate`.
        """
        face = np.ascontiguousarray(self.face(points))
        parts = [triangulate(face)]
        if self.border:
            parts.append(border_triangles(points, parts[0], len(points) - ANCHORS))
        return np.concatenate(parts)
