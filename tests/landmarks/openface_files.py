"""What OpenFace's files hold, in small: three points, one face."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from faceflow.errors import FrameError

IMAGE = "face,confidence,x_0,x_1,x_2,y_0,y_1,y_2\n"
SEQUENCE = "frame,face_id,timestamp,confidence,success,x_0,x_1,x_2,y_0,y_1,y_2\n"
ROW = "0,0.983,1.0,3.5,5.0,2.0,4.0,6.0\n"
POINTS = [[1.0, 2.0], [3.5, 4.0], [5.0, 6.0]]
NO_FACE = "0.00,0,0.0,0.0,0.0,0.0,0.0,0.0"


def sequence_row(frame: object, x: float = 1.0, timestamp: str = "0.000", face: int = 0) -> str:
    """A face of a frame in the columns of `SEQUENCE`."""
    return f"{frame},{face},{timestamp},0.98,1,{x},3.5,5.0,2.0,4.0,6.0\n"


def first_x(found: Sequence[object]) -> list[object]:
    """Of each frame the x of each face's first landmark, or the reason why there is none."""
    return [
        one.reason if isinstance(one, FrameError) else [face.landmarks[0, 0] for face in one]
        for one in found
    ]


def refusal(path: Path, content: bytes, read: Callable[[Path], object]) -> FrameError:
    """The error of reading the content, checked to be one line that names the file."""
    path.write_bytes(content)
    with pytest.raises(FrameError) as caught:
        read(path)
    assert str(caught.value).isprintable()
    assert "F001/T1/0003.csv" in caught.value.detail
    assert str(path.parent) not in caught.value.detail
    assert len(caught.value.detail) < 300
    return caught.value
