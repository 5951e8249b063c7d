"""Landmarks in text files, as CK+ ships them: one point a line, x then y."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from faceflow.errors import FrameError
from faceflow.files import StrPath, frame_name, os_reason, read_regular
from faceflow.flow.checks import MAX_COORDINATE
from faceflow.landmarks.face import Face, Found
from faceflow.landmarks.numbers import parse_coordinate, quoted
from faceflow.sequences import SequenceFolder, stem
from faceflow.types import Landmarks

_MOST_BYTES = 4 * 2**20
_FEWEST = 3
_PLAIN = b"0123456789+-.eE \t\r\n"


def landmark_path(folder: StrPath, subject: str, sequence: str, stem: str) -> Path:
    """Where the landmarks of a frame are, `stem` being its image's name to the last dot.

    Examples
    --------
    >>> landmark_path("Landmarks", "F001", "T1", "0003").as_posix()
    'Landmarks/F001/T1/0003_landmarks.txt'
    """
    return Path(folder, subject, sequence, f"{stem}_landmarks.txt")


@dataclass(frozen=True)
class TextReader:
    """Reads the text files of a folder, one for each frame of a sequence."""

    folder: Path
    sequence: SequenceFolder
    several: bool = False

    def read(self, numbers: range) -> list[Found]:
        """What the files of some frames say."""
        subject, name = self.sequence.subject, self.sequence.sequence
        stems = (stem(self.sequence.images[number]) for number in numbers)
        return [_read_frame(landmark_path(self.folder, subject, name, one)) for one in stems]


def _read_frame(path: Path) -> Found:
    try:
        status = path.stat()
    except (OSError, ValueError):
        status = None  # why it cannot be read is told by reading it
    try:
        if status is None:
            return (Face(read_landmark_text(path)),)
        return _read_unchanged(path, status.st_size, status.st_mtime_ns)
    except FrameError as error:
        return error


@lru_cache(maxsize=512)
def _read_unchanged(path: Path, _size: int, _time: int) -> Found:
    # A sequence's first frames are asked for when it is planned, and again when they are made.
    return (Face(read_landmark_text(path)),)


def read_landmark_text(path: StrPath) -> Landmarks:
    """Read landmarks from a text file of two columns divided by white space.

    Numbers are decimal or scientific (``1.5``, ``.5``, ``1e2``). Empty lines, a byte-order mark
    and any line ends are taken.

    Returns
    -------
    landmarks
        (N, 2) float64, N >= 3, in pixels of the image they were found on.

    Raises
    ------
    FrameError
        ``missing_landmarks`` where there is no such file; ``bad_landmarks`` where it cannot be
        read, has more than 4 MiB, or a line is not two finite numbers within +-1e8.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "0001_landmarks.txt")
    ...     _ = path.write_text("1.5 2\\n3e1 4\\n5 6\\n")
    ...     read_landmark_text(path).tolist()
    [[1.5, 2.0], [30.0, 4.0], [5.0, 6.0]]
    """
    name = frame_name(path)
    data = _read(path, name)
    points = _parse_plain(data)
    return _parse_lines(data, name) if points is None else points


def _read(path: StrPath, name: str) -> bytes:
    try:
        data = read_regular(path, _MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FrameError("missing_landmarks", f"{name} is not there") from error
    except OSError as error:
        raise _bad(f"{name} cannot be read: {os_reason(error)}") from error
    if not data:
        raise _bad(f"{name} is empty")
    return data


def _parse_plain(data: bytes) -> Landmarks | None:
    """The points of a file with nothing but numbers that are taken, in a fifth of the time.

    None of any other, which is then read line by line, to say what is wrong with it if anything is.
    """
    if data.translate(None, _PLAIN):  # of what `float` takes, there is left what is taken here
        return None
    rows = [row for row in map(bytes.split, data.replace(b"\r", b"\n").split(b"\n")) if row]
    if len(rows) < _FEWEST or set(map(len, rows)) != {2}:
        return None
    try:
        points = np.array([(float(x), float(y)) for x, y in rows])
    except ValueError:
        return None
    return points if np.abs(points).max() <= MAX_COORDINATE else None


def _parse_lines(data: bytes, name: str) -> Landmarks:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(f"{name} is not UTF-8 text (byte {error.start})") from error
    points: list[tuple[float, float]] = []
    for number, line in enumerate(re.split("\r\n|\r|\n", text), start=1):
        if not line.strip():
            continue
        try:
            points.append(_parse_point(line))
        except ValueError as error:
            where = f"{name} (line {number}: {quoted(line.strip())})"
            raise _bad(f"landmarks[{len(points)}] {error} in {where}") from None
    if len(points) < _FEWEST:
        raise _bad(f"{name} has {len(points)} points, at least {_FEWEST} are taken")
    return np.array(points, np.float64)


def _parse_point(line: str) -> tuple[float, float]:
    columns = line.split()
    if len(columns) != 2:
        raise ValueError(f"has {len(columns)} columns, not 2,")
    return parse_coordinate(columns[0]), parse_coordinate(columns[1])


def _bad(detail: str) -> FrameError:
    return FrameError("bad_landmarks", detail)
