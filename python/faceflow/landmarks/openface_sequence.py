"""Which rows of a sequence's CSV are of which frame."""

from __future__ import annotations

from typing import NamedTuple

from faceflow.errors import FrameError
from faceflow.landmarks.csvrows import Row
from faceflow.landmarks.face import Face, Found
from faceflow.landmarks.openface_columns import Columns, add_face


class SequenceCsv(NamedTuple):
    """What the CSV of a sequence says."""

    found: list[Found]
    """Element k is of the frame that the file numbers k + 1."""

    last_frame: int
    """The highest frame number of all rows, also of those not asked for; 0 without rows."""

    from_video: bool
    """Whether a time stamp is not 0: OpenFace counts none where it reads a folder of images."""


class SequenceReading:
    """What the rows of a sequence have said so far."""

    def __init__(self, name: str, columns: Columns, frames: int) -> None:
        self._name, self._columns, self._frames = name, columns, frames
        self._faces: dict[int, list[Face]] = {}
        self._damage: dict[int, FrameError] = {}
        self._lost = ""
        self._last_frame = 0
        self._from_video = False

    def take(self, row: Row) -> None:
        """Note what the next row says."""
        try:
            number = self._columns.frame_number(row)
        except ValueError as error:
            self._lost = self._lost or f"; line {row.line} {error}"
            return
        if self._columns.is_whole(row):  # in any other, a number may be that of another column
            self._last_frame = max(self._last_frame, number)
            self._from_video = self._from_video or self._columns.is_timed(row)
        if number > self._frames or number in self._damage:
            return
        try:
            faces = self._faces.setdefault(number, [])
            add_face(faces, self._columns, row, self._name)
        except FrameError as error:
            # A new one: what was raised holds the row, by way of its traceback.
            self._damage[number] = FrameError(error.reason, error.detail)
            return
        if faces[-1].confidence == 0 and not faces[-1].landmarks.any():
            faces.pop()

    def result(self) -> SequenceCsv:
        """What all rows together say."""
        found = [self._found(number) for number in range(1, self._frames + 1)]
        return SequenceCsv(found, self._last_frame, self._from_video)

    def _found(self, number: int) -> Found:
        if number in self._damage:
            return self._damage[number]
        if number in self._faces:
            return tuple(self._faces[number])
        detail = f"{self._name} has no row of frame {number}{self._lost}"
        return FrameError("missing_landmarks", detail)
