"""A mesh of landmarks sampled at pixels: its piecewise-affine motion, and sums over its corners."""

from __future__ import annotations

import numpy as np

from faceflow.opencv import cv2
from faceflow.types import AnyArray, Landmarks, Size, Triangles

_SUBPIXEL_BITS = 8
_LEAST_AREA = 1e-3  # px^2, twice the triangle's
_SQUARE = np.array([0, 1, 2, 1, 3, 4, 2, 4, 5])  # 3 x 3 from the six different products
_PRODUCTS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_SAMPLED_SIDE = 128
_LEAST_STEP = 2


class MeshSamples:
    """Pixels inside the triangles of a mesh, on a grid, with their barycentric coordinates.

    Parameters
    ----------
    points
        (N, 2) float64, the corners, in pixels of an image.
    triangles
        (M, 3) int32.
    size
        (H, W) of the image; the grid ends there.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0], [8.0, 8.0]])
    >>> mesh = MeshSamples(square, np.array([[0, 1, 2], [1, 3, 2]], np.int32), (9, 9))
    >>> moved = mesh.interpolate(square * [0.5, 0])
    >>> bool(np.allclose(moved, np.stack([mesh.x / 2, 0 * mesh.y], axis=1)))
    True
    """

    def __init__(self, points: Landmarks, triangles: Triangles, size: Size) -> None:
        self.corners = len(points)
        owner, x, y = _grid(points, triangles, size)
        order = np.argsort(owner, kind="stable")
        owner = owner[order]
        self.x: AnyArray = x[order].astype(np.float32)
        self.y: AnyArray = y[order].astype(np.float32)
        self.pixels = y[order], x[order]
        """Rows and columns."""
        self._starts = np.flatnonzero(np.diff(owner, prepend=-1))
        self._used = triangles[owner[self._starts]]
        counts = np.diff(self._starts, append=len(owner))
        self._own = np.repeat(np.arange(len(self._used)), counts)
        self._shares = self._barycentric(points)
        self._products = np.stack([self._shares[:, a] * self._shares[:, b] for a, b in _PRODUCTS])
        rows, columns = np.repeat(self._used, 3, axis=1), np.tile(self._used, 3)
        self._places = (rows * self.corners + columns).ravel()

    def __len__(self) -> int:
        return len(self.x)

    def _barycentric(self, points: Landmarks) -> AnyArray:
        """(n, 3) float32."""
        a, b, c = (points[self._used[:, i]] for i in range(3))
        ab, ac = b - a, c - a
        double = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
        inverse = np.divide(1, double, out=np.zeros_like(double), where=abs(double) > _LEAST_AREA)
        x, y = self.x - a[self._own, 0], self.y - a[self._own, 1]
        ab, ac, inverse = ab[self._own], ac[self._own], inverse[self._own]
        second = (x * ac[:, 1] - y * ac[:, 0]) * inverse
        third = (y * ab[:, 0] - x * ab[:, 1]) * inverse
        shares = np.stack([1 - second - third, second, third], axis=1)
        shares[inverse == 0] = 0
        return shares.astype(np.float32)

    def interpolate(self, values: AnyArray) -> AnyArray:
        """What corners have, (N, C), at each sample: (n, C) float32."""
        own = values.astype(np.float32)[self._used][self._own]
        shares = self._shares[:, :, None]
        mixed: AnyArray = shares[:, 0] * own[:, 0] + shares[:, 1] * own[:, 1]
        mixed += shares[:, 2] * own[:, 2]
        return mixed

    def gather(self, values: AnyArray) -> AnyArray:
        """The transpose of `interpolate`: what samples have, (n,), summed at each corner, (N,)."""
        if len(self) == 0:
            return np.zeros(self.corners)
        weighted = self._shares * values[:, None]
        sums = np.add.reduceat(weighted, self._starts, axis=0, dtype=np.float64)
        return np.bincount(self._used.ravel(), sums.ravel(), self.corners)

    def gather_products(self, weights: AnyArray) -> AnyArray:
        """(N, N): of each two corners the weighted sum of the products of their shares."""
        if len(self) == 0:
            return np.zeros((self.corners, self.corners))
        sums = np.add.reduceat(self._products * weights, self._starts, axis=1, dtype=np.float64)
        total = np.bincount(self._places, sums[_SQUARE].T.ravel(), self.corners**2)
        return total.reshape(self.corners, self.corners)


def _grid(
    points: Landmarks, triangles: Triangles, size: Size
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """The first triangle that each grid pixel lies in, with its column and row."""
    H, W = size
    left, top = np.clip(np.floor(points.min(axis=0)), 0, (W - 1, H - 1)).astype(int)
    right, bottom = np.clip(np.ceil(points.max(axis=0)), 0, (W - 1, H - 1)).astype(int)
    owner = np.full((bottom - top + 1, right - left + 1), -1, np.int32)
    fixed = np.round((points - (left, top)) * 2**_SUBPIXEL_BITS).astype(np.int32)
    for number in range(len(triangles) - 1, -1, -1):  # so that the first in the list wins
        cv2.fillConvexPoly(owner, fixed[triangles[number]], number, shift=_SUBPIXEL_BITS)
    step = max(_LEAST_STEP, int(np.sqrt(owner.size)) // _SAMPLED_SIDE)
    owner = owner[::step, ::step]
    rows, columns = np.nonzero(owner >= 0)
    return owner[rows, columns], columns * step + left, rows * step + top
