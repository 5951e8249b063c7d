"""What the images of a run of frames say of landmarks, kept until it is fused with other runs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from faceflow.errors import DatasetError
from faceflow.files import atomic_write, os_reason, read_regular, shown
from faceflow.truth.refinement.fusion import Steps

_DIGEST = hashlib.sha256().digest_size
_NUMBER = np.dtype("<f4")
_CHANGE, _INFORMATION = 2, 3  # numbers a point
_MOST_BYTES = 2**30


def write_steps(path: Path, key: bytes, steps: Steps) -> None:
    """Keep steps with a key of what they were found from.

    Raises
    ------
    OSError
        The disk is full or failing.
    """
    data = b"".join(np.ascontiguousarray(part, _NUMBER).tobytes() for part in steps)
    atomic_write(path, key + hashlib.sha256(data).digest() + data)


def has_steps(path: Path, key: bytes) -> bool:
    """Whether a file holds, whole, what was found from what has this key."""
    try:
        kept, data = _read(path)
    except DatasetError:
        return False
    return kept == key and len(data) > 0


def read_steps(path: Path, count: int, points: int) -> Steps:
    """Read so many steps.

    Raises
    ------
    DatasetError
        The file cannot be read, or does not hold them.
    """
    data = _read(path)[1]
    changes = count * points * _CHANGE
    expected = changes + count * points * _INFORMATION
    if len(data) != expected * _NUMBER.itemsize:
        raise DatasetError(f"{shown(path)} holds {len(data)} bytes of other steps than its own")
    numbers = np.frombuffer(data, _NUMBER).astype(np.float32)
    return Steps(
        numbers[:changes].reshape(count, points, _CHANGE),
        numbers[changes:].reshape(count, points, _INFORMATION),
    )


def _read(path: Path) -> tuple[bytes, bytes]:
    """Its key and its data."""
    try:
        content = read_regular(path, _MOST_BYTES)
    except OSError as error:
        raise DatasetError(f"{shown(path)} cannot be read: {os_reason(error)}") from error
    key, digest, data = content[:_DIGEST], content[_DIGEST : 2 * _DIGEST], content[2 * _DIGEST :]
    if hashlib.sha256(data).digest() != digest:
        raise DatasetError(f"{shown(path)} is damaged: its data are not those that were written")
    return key, data
