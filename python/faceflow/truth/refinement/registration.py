"""The motion of a mesh between two images, from the images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from faceflow.opencv import cv2
from faceflow.truth.refinement.samples import MeshSamples
from faceflow.truth.refinement.solve import solve
from faceflow.types import AnyArray, Flow, Landmarks

DAMPING = 30.0
"""Grey levels per px^2: what keeps a corner where it started."""

_INDEPENDENT = 0.02
"""Share of samples whose dense flow errs independently: neighbours err alike."""

_LEAST_ERROR = 0.02  # px, of dense flow

_QUANTUM = 1.0  # grey levels; a residual is not known better than the image
_MOST_CORRELATION = 0.9999
_ROWS = 64  # remap takes no side above 32766


class Grey(NamedTuple):
    """A grey image and its derivatives, float32, each (H, W)."""

    values: AnyArray
    along_x: AnyArray
    along_y: AnyArray

    @classmethod
    def of(cls, image: AnyArray) -> Grey:
        """Of an (H, W) uint8 image; by Scharr's filter, in grey levels a pixel."""
        values = image.astype(np.float32)
        along_x = cv2.Scharr(values, cv2.CV_32F, 1, 0, scale=1 / 32)
        along_y = cv2.Scharr(values, cv2.CV_32F, 0, 1, scale=1 / 32)
        return cls(values, np.asarray(along_x), np.asarray(along_y))


class DenseMotion(NamedTuple):
    """Dense flow between two images."""

    flow: Flow
    """(H, W, 2) float32, px."""

    error: AnyArray | None
    """(H, W) float32: the expected end-point error, px; None where it is not known."""


class MeshMotion(NamedTuple):
    """How a mesh moved from one image to another."""

    displacements: Landmarks
    """(N, 2), px."""

    information: AnyArray
    """(N, 3): xx, xy, yy of what the image says of each corner, while the others stay, in grey
    levels per px^2."""

    residual: AnyArray
    """(N,): the mean absolute difference that is left round a corner, grey levels."""

    correlation: AnyArray
    """(N,): of both images round a corner, from -1 to 1, less one deviation of what it is known by
    (Fisher's z): few pixels agree by chance. 0 where nothing is to be seen."""


def fit_flow(mesh: MeshSamples, flow: Flow, prior: Landmarks) -> Landmarks:
    """Find the displacements of corners whose interpolation is nearest to a dense flow.

    Parameters
    ----------
    mesh
        On the flow's grid.
    flow
        (H, W, 2) float32.
    prior
        (N, 2), what corners do round which there are no samples; it weighs as much as one.

    Returns
    -------
    displacements
        (N, 2) float64, px.
    """
    samples = flow[mesh.pixels]
    matrix = mesh.gather_products(np.ones(len(mesh), np.float32)) + np.eye(mesh.corners)
    sums = np.stack([mesh.gather(samples[:, i]) for i in range(2)], axis=1)
    return prior + solve(matrix, sums + prior - np.einsum("ij,jc->ic", matrix, prior))


def register(
    mesh: MeshSamples,
    first: Grey,
    second: Grey,
    start: Landmarks,
    iterations: int,
    dense: DenseMotion | None = None,
) -> MeshMotion:
    """Move the corners of a mesh so that the second image, pulled back by it, fits the first.

    The absolute difference is made small, by Gauss-Newton steps on reweighted squares; each step
    is that of Lucas and Kanade with a piecewise-affine warp in place of a translation, and the mean
    of both images' derivatives. Dense flow whose error is known is a second observation of the same
    motion, weighted by the inverse of the squared error.

    Parameters
    ----------
    mesh
        On the first image.
    first, second
        The images.
    start
        (N, 2), displacements to start from.
    iterations
        How many steps; at least 1.
    dense
        Dense flow between the images, which counts if its error is known.

    Notes
    -----
    B. Lucas and T. Kanade, *An iterative image registration technique*, 1981; S. Baker and
    I. Matthews, *Lucas-Kanade 20 years on*, 2004, section 3, and 5 for the reweighting.
    """
    N = mesh.corners
    values, along_x, along_y = (image[mesh.pixels] for image in first)
    moved = start
    damping = np.eye(2 * N) * DAMPING
    flow, trust = _observed(mesh, dense)
    pull = mesh.gather_products(trust) if trust.any() else 0.0
    for _ in range(iterations):
        motion = mesh.interpolate(moved)
        x, y = mesh.x + motion[:, 0], mesh.y + motion[:, 1]
        difference = _sample(second.values, x, y, cv2.INTER_CUBIC) - values
        weights = 1 / np.maximum(np.abs(difference), _QUANTUM)
        g_x = (_sample(second.along_x, x, y, cv2.INTER_LINEAR) + along_x) / 2
        g_y = (_sample(second.along_y, x, y, cv2.INTER_LINEAR) + along_y) / 2
        xx, xy, yy = (mesh.gather_products(weights * p) for p in (g_x * g_x, g_x * g_y, g_y * g_y))
        weighted = weights * difference
        away = trust[:, None] * (motion - flow)
        slopes = weighted * g_x + away[:, 0], weighted * g_y + away[:, 1]
        xx, yy = xx + pull, yy + pull
        slope = np.concatenate([mesh.gather(each) for each in slopes])
        slope += DAMPING * (moved - start).T.ravel()
        step = solve(np.block([[xx, xy], [xy, yy]]) + damping, slope[:, None])
        moved = moved - step.reshape(2, N).T
    information = np.stack([np.diagonal(block) for block in (xx, xy, yy)], axis=1)
    return MeshMotion(moved, information, *_agreement(mesh, values, second, moved))


def _observed(mesh: MeshSamples, dense: DenseMotion | None) -> tuple[AnyArray, AnyArray]:
    """The dense flow at each sample (n, 2), and its weight (n,), 0 where its error is not known.

    Weights are in the units of the images': squared grey levels per px^2 over grey levels, a grey
    level being what images are known to.
    """
    if dense is None or dense.error is None:
        return np.zeros((len(mesh), 2), np.float32), np.zeros(len(mesh), np.float32)
    error = np.maximum(dense.error[mesh.pixels], np.float32(_LEAST_ERROR))
    return dense.flow[mesh.pixels], np.float32(_INDEPENDENT) / (error * error)


def _moved(mesh: MeshSamples, displacements: Landmarks) -> tuple[AnyArray, AnyArray]:
    flow = mesh.interpolate(displacements)
    return mesh.x + flow[:, 0], mesh.y + flow[:, 1]


def _agreement(
    mesh: MeshSamples, values: AnyArray, second: Grey, moved: Landmarks
) -> tuple[AnyArray, AnyArray]:
    """Residual and correlation round each corner."""
    pulled = _sample(second.values, *_moved(mesh, moved), cv2.INTER_CUBIC)
    total = np.maximum(mesh.gather(np.ones(len(mesh), np.float32)), 1e-9)

    def mean(of: AnyArray) -> AnyArray:
        found: AnyArray = mesh.gather(of) / total
        return found

    a, b = mean(values), mean(pulled)
    covariance = mean(values * pulled) - a * b
    variances = (mean(values * values) - a * a) * (mean(pulled * pulled) - b * b)
    deviation = np.sqrt(np.maximum(variances, 0))
    # Below a quantum's variance there is nothing but rounding.
    known = deviation > _QUANTUM**2
    correlation = np.divide(covariance, deviation, out=np.zeros_like(a), where=known)
    fisher = np.arctanh(np.clip(correlation, -_MOST_CORRELATION, _MOST_CORRELATION))
    sure = np.tanh(fisher - 1 / np.sqrt(np.maximum(total - 3, 1)))
    return mean(np.abs(pulled - values)), np.where(known, sure, 0)


def _sample(image: AnyArray, x: AnyArray, y: AnyArray, interpolation: int) -> AnyArray:
    """An image's values at (x, y), each (n,); beyond it its border is repeated."""
    missing = -len(x) % _ROWS
    columns, rows = (np.pad(c, (0, missing)).reshape(_ROWS, -1) for c in (x, y))
    if len(x) == 0:
        return np.zeros(0, np.float32)
    found = cv2.remap(image, columns, rows, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found).ravel()[: len(x)]
