"""What the images of a run of frames say of how its landmarks moved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from faceflow.opencv import cv2, one_thread
from faceflow.truth.refinement.fusion import Steps, fuse, no_steps
from faceflow.truth.refinement.registration import (
    DenseMotion,
    Grey,
    MeshMotion,
    fit_flow,
    register,
)
from faceflow.truth.refinement.samples import MeshSamples
from faceflow.types import AnyArray, Image, Landmarks, Size, Triangles

DETECTOR_SHARE = 0.006
"""A detector's deviation, as a share of the face's size: 1.4 px where a face has 240."""

_TRUST = 0.5
"""How much wider than the images' own noise says the motions' variance is: neighbouring pixels err
alike, and a face is not a mesh."""

_LEAST_DEVIATION = 0.02  # of a motion, as a share of a detector's
_LEAST_CORRELATION = 0.5
_FIRST_STEPS, _LAST_STEPS = 3, 2
_MARGIN = 0.15  # round the face, as a share of its size


class Seen(NamedTuple):
    """A frame: the part of its image round the face, and its landmarks in pixels of that part."""

    grey: AnyArray
    landmarks: Landmarks


def face_size(landmarks: Landmarks) -> float:
    """The side of the square that has the area of the landmarks' box, px; at least 1."""
    width, height = np.ptp(landmarks, axis=0)
    return max(1.0, float(np.sqrt(width * height)))


def face_box(tracks: Sequence[Landmarks], size: Size) -> tuple[slice, slice] | None:
    """Rows and columns of an image that hold a face through some frames, and what is round it.

    None where it lies outside of the image.
    """
    H, W = size
    margin = _MARGIN * max(map(face_size, tracks))
    low = np.min([points.min(axis=0) for points in tracks], axis=0) - margin
    high = np.max([points.max(axis=0) for points in tracks], axis=0) + margin
    left, top = np.clip(np.floor(low), 0, (W, H)).astype(int)
    right, bottom = np.clip(np.ceil(high) + 1, 0, (W, H)).astype(int)
    least = 16  # what DIS has use for
    if right - left < least or bottom - top < least:
        return None
    return slice(top, bottom), slice(left, right)


def cut(image: Image, landmarks: Landmarks, box: tuple[slice, slice]) -> Seen:
    """What is seen of a frame in a box."""
    grey = cv2.cvtColor(image[box], cv2.COLOR_BGR2GRAY)
    return Seen(np.asarray(grey), landmarks - (box[1].start, box[0].start))


def measure_steps(
    frames: Sequence[Seen | None],
    points: int,
    triangles: Triangles,
    detector_deviation: float,
    dense: str = "dis",
) -> Steps:
    """Find how the correction of landmarks changes from each frame to the next, by the images.

    First round the landmarks as they were detected: dense flow, of which the mesh's motion is
    the nearest that a mesh can have, and then the images themselves. What is found is fused
    with the detector's positions, and measured again round the landmarks that this gives, which lie
    nearer to what they are to follow. The face network tells how far its flow may be off, so its
    flow counts beside the images all along; that of DIS is only where the search starts.

    Parameters
    ----------
    frames
        T frames of one box, one after the other; None for one that has no face.
    points
        N.
    triangles
        (M, 3) int32 over the landmarks.
    detector_deviation
        Of a detected position, px.
    dense
        ``"face"`` (the network) or ``"dis"``: where dense flow comes from.

    Returns
    -------
    steps
        T - 1 of them.

    Notes
    -----
    Dense flow: T. Kroeger, R. Timofte, D. Dai and L. Van Gool, *Fast optical flow using dense
    inverse search*, 2016, at OpenCV's preset ``FAST``.
    """
    flows = [_dense_motion(dense, first, second) for first, second in itertools.pairwise(frames)]
    none = no_steps(len(frames) - 1, points)
    first = _measure(frames, flows, none, triangles, detector_deviation, None)
    corrections = fuse(first, detector_deviation, points)
    steps = no_steps(len(frames) - 1, points)
    return _measure(frames, flows, steps, triangles, detector_deviation, (first, corrections))


def _measure(
    frames: Sequence[Seen | None],
    flows: Sequence[DenseMotion | None],
    steps: Steps,
    triangles: Triangles,
    deviation: float,
    before: tuple[Steps, AnyArray] | None,
) -> Steps:
    """Fill in the steps."""
    for number, (first, second, greys) in enumerate(_neighbours(frames)):
        dense = flows[number]
        if greys is None or first is None or second is None or dense is None:
            continue
        detected = second.landmarks - first.landmarks
        size = (first.grey.shape[0], first.grey.shape[1])
        if before is None:
            mesh = MeshSamples(first.landmarks, triangles, size)
            start = fit_flow(mesh, dense.flow, detected)
            motion = register(mesh, *greys, start, _FIRST_STEPS, dense)
        else:
            mesh = MeshSamples(first.landmarks + before[1][number], triangles, size)
            start = detected + before[0].changes[number]
            motion = register(mesh, *greys, start, _LAST_STEPS, dense)
        steps.changes[number] = motion.displacements - detected
        steps.information[number] = _information(motion, deviation)
    return steps


def _neighbours(
    frames: Sequence[Seen | None],
) -> Iterator[tuple[Seen | None, Seen | None, tuple[Grey, Grey] | None]]:
    """Each frame and the next, with both images' derivatives, made once."""
    early = None if frames[0] is None else Grey.of(frames[0].grey)
    for first, second in itertools.pairwise(frames):
        late = None if second is None else Grey.of(second.grey)
        yield first, second, None if early is None or late is None else (early, late)
        early = late


def _dense_motion(method: str, first: Seen | None, second: Seen | None) -> DenseMotion | None:
    if first is None or second is None:
        return None
    if method == "face":
        from faceflow.methods import face  # loaded where it is used

        # The network looks at grey levels, so that colours need not be kept.
        frames = (np.repeat(seen.grey[..., None], 3, axis=2) for seen in (first, second))
        return DenseMotion(*face.estimate_with_error(*frames))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    with one_thread():  # its result depends on how many there are
        flow = np.asarray(search.calc(first.grey, second.grey, None))  # type: ignore[call-overload]
    return DenseMotion(flow, None)


def _information(motion: MeshMotion, deviation: float) -> AnyArray:
    """(N, 3): the inverse of the motion's covariance, xx, xy, yy in px^-2.

    The covariance is that of least squares, the residual's variance times the inverse of what the
    image says, widened, and never below a floor: (c/q + f^2)^-1 = q (c + f^2 q)^-1.
    """
    noise = _TRUST * np.maximum(motion.residual, 1) ** 2
    seen = motion.correlation >= _LEAST_CORRELATION
    xx, xy, yy = np.where(seen, motion.information.T / noise, 0)
    floor = (_LEAST_DEVIATION * deviation) ** 2
    determinant = xx * yy - xy * xy
    whole = (1 + floor * xx) * (1 + floor * yy) - (floor * xy) ** 2
    blocks = (xx + floor * determinant, xy, yy + floor * determinant)
    return np.stack([block / whole for block in blocks], axis=1)
