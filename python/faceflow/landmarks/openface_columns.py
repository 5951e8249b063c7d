"""The columns of OpenFace's CSV that are of use here, whatever stands between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceflow.errors import FrameError
from faceflow.landmarks.csvrows import Row
from faceflow.landmarks.face import Face
from faceflow.landmarks.numbers import parse_coordinate, quoted

_FEWEST_POINTS = 3
_MOST_FACES = 1000
_MOST_COLUMNS = 2**16  # a row of as many coordinates with 3 decimals is still a line of 1 MiB
_LANDMARK = re.compile(r"[xy]_\d+")  # not X_0, which is in millimetres, nor eye_lmk_x_0
_FRAME_NUMBER = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True)
class Columns:
    """Where a CSV has what: indices of columns, None for those that it has not."""

    count: int
    """The number of all columns."""

    x: Sequence[int]
    y: Sequence[int]
    confidence: int
    frame: int | None
    timestamp: int | None

    @classmethod
    def of(cls, header: Row) -> Columns:
        """Find the columns by their names.

        Raises
        ------
        ValueError
            The header is not one of OpenFace's, in words that follow the file's name.
        """
        names = header.values
        if len(names) > _MOST_COLUMNS:
            raise ValueError(f"has {len(names)} columns, at most {_MOST_COLUMNS} are taken")
        found = {name: _place(names, name) for name in ("confidence", "frame", "timestamp")}
        confidence = found["confidence"]
        if confidence is None:
            raise ValueError(f"has no column confidence (line {header.line})")
        x, y = _landmark_places(names)
        return cls(len(names), x, y, confidence, found["frame"], found["timestamp"])

    def frame_number(self, row: Row) -> int:
        """The number of the row's frame, from 1; `frame` must not be None.

        Raises
        ------
        ValueError
            It cannot be read, in words that follow the line's name.
        """
        assert self.frame is not None
        # The last value of a line that is cut short may have lost digits: 4 of 40.
        if len(row.values) < min(self.frame + 2, self.count):
            raise ValueError(f"has {len(row.values)} values, not {self.count}")
        text = row.values[self.frame]
        if not _FRAME_NUMBER.fullmatch(text):
            raise ValueError(f"has the frame number {quoted(text)}")
        return int(text)

    def is_whole(self, row: Row) -> bool:
        """Whether the row has a value in each column."""
        return row.problem is None and len(row.values) == self.count

    def is_timed(self, row: Row) -> bool:
        """Whether a whole row's time stamp is a number other than 0."""
        if self.timestamp is None:
            return False
        try:
            return parse_coordinate(row.values[self.timestamp]) != 0
        except ValueError:
            return False

    def face(self, row: Row, name: str) -> Face:
        """The face that a row of the file `name` holds.

        Raises
        ------
        ValueError
            The row is damaged, in one line that names the file, the line and what was found.
        """
        line = f"{name} (line {row.line})"
        if row.problem is not None:
            raise ValueError(f"{line} {row.problem}")
        if len(row.values) != self.count:
            raise ValueError(f"{line} has {len(row.values)} values, its header has {self.count}")
        points = [[self._number(row, i, f"{axis}_{point}", name) for point, i in enumerate(places)]
                  for axis, places in (("x", self.x), ("y", self.y))]  # fmt: skip
        return Face(np.stack(points, axis=1), self._confidence(row, name))

    def _confidence(self, row: Row, name: str) -> float | None:
        if not row.values[self.confidence]:
            return None
        confidence = self._number(row, self.confidence, "confidence", name)
        if not 0 <= confidence <= 1:
            what = f"line {row.line}: {quoted(row.values[self.confidence])}"
            raise ValueError(f"confidence is not from 0 to 1 in {name} ({what})")
        return confidence

    def _number(self, row: Row, index: int, column: str, name: str) -> float:
        text = row.values[index]
        try:
            return parse_coordinate(text)
        except ValueError as error:
            where = f"{name} (line {row.line}: {quoted(text)})"
            raise ValueError(f"{column} {error} in {where}") from None


def add_face(faces: list[Face], columns: Columns, row: Row, name: str) -> None:
    """Add the face that a row of the file `name` holds to those of the same image.

    Raises
    ------
    FrameError
        ``bad_landmarks`` where the row is damaged, or no image has so many faces.
    """
    try:
        if len(faces) == _MOST_FACES:
            raise ValueError(f"{name} (line {row.line}) has more than {_MOST_FACES} faces")
        faces.append(columns.face(row, name))
    except ValueError as error:
        raise FrameError("bad_landmarks", str(error)) from None


def _place(names: Sequence[str], name: str) -> int | None:
    if names.count(name) > 1:
        raise ValueError(f"has {names.count(name)} columns {name}")
    return names.index(name) if name in names else None


def _landmark_places(names: Sequence[str]) -> tuple[Sequence[int], Sequence[int]]:
    places = {name: i for i, name in enumerate(names) if _LANDMARK.fullmatch(name)}
    found = sum(map(bool, map(_LANDMARK.fullmatch, names)))
    points = found // 2
    expected = [f"{axis}_{i}" for axis in "xy" for i in range(points)]
    if found != len(expected) or set(expected) != set(places):
        raise ValueError(f"has {found} columns x_.. and y_.., not x_0, x_1, .. and as many y")
    if points < _FEWEST_POINTS:
        raise ValueError(f"has {points} points, at least {_FEWEST_POINTS} are taken")
    where = [places[name] for name in expected]
    return where[:points], where[points:]
