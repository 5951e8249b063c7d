"""Landmarks of a files tree, read at random: a file a frame, again in each epoch."""

from __future__ import annotations

import functools
import math

import numpy as np

from faceflow.errors import DatasetError, FrameError
from faceflow.files import frame_name, os_reason, read_regular
from faceflow.flow.checks import MAX_POINTS
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.types import Landmarks

_MOST_BYTES = 2**26

_KEPT = 2**16
"""Frames whose landmarks stay in memory: 70 MB of 68 points."""


class LandmarkFiles:
    """Reads the CSVs that ``faceflow-gen`` wrote, and remembers those it read last."""

    def __init__(self) -> None:
        self._read = functools.lru_cache(maxsize=_KEPT)(read_used_landmarks)

    def __reduce__(self) -> tuple[type[LandmarkFiles], tuple[()]]:
        return LandmarkFiles, ()

    def read(self, path: str) -> Landmarks:
        """A frame's landmarks as used, (N, 2), not to be written to.

        Raises
        ------
        DatasetError
            As for `read_used_landmarks`.
        """
        return self._read(path)


def read_used_landmarks(path: str) -> Landmarks:
    """Read the one face of a dataset's frame.

    Files just as ``faceflow-gen`` writes them take a tenth of the time of others.

    Raises
    ------
    DatasetError
        There is no such file, or it has not one face with finite landmarks.
    """
    try:
        data = read_regular(path, _MOST_BYTES)
    except OSError as error:
        raise DatasetError(f"{frame_name(path)} cannot be read: {os_reason(error)}") from error
    values = _parse_plain(data)
    if values is None:
        try:
            faces = read_image_csv(path)
        except FrameError as error:
            raise DatasetError(error.detail) from error
        if len(faces) != 1:
            raise DatasetError(
                f"{frame_name(path)} has {len(faces)} faces, a frame of a dataset has one"
            )
        return faces[0].landmarks
    landmarks = np.array(values).reshape(2, -1).T.copy()
    landmarks.flags.writeable = False
    return landmarks


def _parse_plain(data: bytes) -> list[float] | None:
    """The x and then the y of a header and a row of plain numbers; None of anything else."""
    header, _, row = data.partition(b"\n")
    points = header.count(b",") // 2
    plain = row.count(b"\n") == 1 and b"_" not in row
    if not 3 <= points <= MAX_POINTS or not plain or header != _header(points):
        return None
    fields = row.split(b",")
    try:
        values = [float(value) for value in fields[2:]]
    except ValueError:
        return None
    # Finite sums of so few numbers mean finite numbers.
    return values if len(values) == 2 * points and math.isfinite(sum(values)) else None


@functools.lru_cache(maxsize=8)
def _header(points: int) -> bytes:
    names = (f"{axis}_{i}" for axis in "xy" for i in range(points))
    return ",".join(["face", "confidence", *names]).encode()
