"""A frame's landmarks as they were used, in OpenFace's columns."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from faceflow.errors import DatasetError
from faceflow.files import open_regular, os_reason, shown
from faceflow.types import Landmarks

_MOST_BYTES = 4 * 2**20
_FEWEST = 3


def encode_landmarks(landmarks: Landmarks, confidence: float | None = None) -> bytes:
    """One face: ``face,confidence,x_0..,y_0..``, pixels with 3 decimals.

    Examples
    --------
    >>> import numpy as np
    >>> print(encode_landmarks(np.array([[1.0, 2.0], [3.5, 4.0], [5.0, 6.0]])).decode(), end="")
    face,confidence,x_0,x_1,x_2,y_0,y_1,y_2
    0,,1.000,3.500,5.000,2.000,4.000,6.000
    """
    header = ["face", "confidence"]
    header += [f"{axis}_{i}" for axis in "xy" for i in range(len(landmarks))]
    row = ["0", "" if confidence is None else f"{confidence:.3f}"]
    row += [f"{value:.3f}" for value in landmarks.T.ravel().tolist()]
    return f"{','.join(header)}\n{','.join(row)}\n".encode()


def read_landmarks(path: Path) -> Landmarks:
    """Read what `encode_landmarks` wrote: (N, 2) float64.

    Raises
    ------
    DatasetError
        The file cannot be read, or is no such file.
    """
    try:
        with open_regular(path) as file:
            text = file.read(_MOST_BYTES).decode()
        header, row = csv.reader(io.StringIO(text))
        points = (len(header) - 2) // 2
        values = np.array([float(value) for value in row[2:]])
        whole = len(row) == len(header) == 2 + 2 * points and points >= _FEWEST
        if not whole or not np.isfinite(values).all():
            raise ValueError(f"{len(header)} names, {len(row)} values")
    except OSError as error:
        raise DatasetError(f"{shown(path)} cannot be read: {os_reason(error)}") from error
    except (ValueError, csv.Error) as error:
        raise DatasetError(f"{shown(path)} is no landmark file: {error}") from error
    return np.ascontiguousarray(values.reshape(2, points).T)
