"""What a process left in its folder, told from the files alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from faceflow.errors import FrameError
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface.program import Ending
from faceflow.landmarks.openface.staging import FRAMES, Staged
from faceflow.landmarks.openface_csv import read_image_csv, read_sequence_csv


class Reading(NamedTuple):
    """What the files say."""

    faces: list[tuple[Face, ...] | None]
    """Of each staged frame, in pixels of what OpenFace saw; None where there is no result."""

    touched: bool
    """Whether it has taken any frame in hand."""


def read_images(results: Path, staged: Sequence[Staged], ending: Ending) -> Reading:
    """What FaceLandmarkImg found: a CSV where there are faces, and details of any frame.

    The last frame that it took in hand may be one that it did not finish, unless it took all and
    ended well. Without a CSV, nothing is then known of that frame; nor with one, if the program
    was cut off, as the rows of other faces may be missing.
    """
    names = {path.name for path in results.iterdir()}
    touched = [i for i, one in enumerate(staged) if names & _files(one.stem)]
    well = ending.code == 0 and len(touched) == len(staged)
    faces: list[tuple[Face, ...] | None] = [None] * len(staged)
    for i in touched:
        finished = well or i != touched[-1]
        csv = f"{staged[i].stem}.csv"
        if csv not in names:
            faces[i] = () if finished else None
        elif finished or ending.by_itself:
            faces[i] = _read_image(results / csv)
    return Reading(faces, bool(touched))


def read_sequence(results: Path, staged: Sequence[Staged], ending: Ending) -> Reading:
    """What FeatureExtraction found: one CSV, with a row for each frame up to where it came.

    How it ended is no matter. A tracker's row depends on the frames before it only, and is written
    when it is complete: those of a process that crashed later are what they would have been.
    """
    csv = results / f"{FRAMES}.csv"
    touched = any(path.name in _files(FRAMES) for path in results.iterdir())
    nothing: list[tuple[Face, ...] | None] = [None] * len(staged)
    try:
        if csv.is_file() and _is_cut(csv):
            _drop_half_line(csv)
        found, last_frame, _ = read_sequence_csv(csv, len(staged))
    except FrameError:
        return Reading(nothing, touched)
    if last_frame > len(staged):  # whatever it is of, it is not of these frames
        return Reading(nothing, touched)
    return Reading([None if isinstance(one, FrameError) else one for one in found], touched)


def _files(stem: str) -> set[str]:
    return {f"{stem}.csv", f"{stem}_of_details.txt"}


def _read_image(csv: Path) -> tuple[Face, ...] | None:
    """The faces in a CSV, or None where it is damaged."""
    try:
        return None if _is_cut(csv) else read_image_csv(csv)
    except (FrameError, OSError):
        return None


def _is_cut(csv: Path) -> bool:
    """Whether the last line has no end: a number cut short may still be one."""
    with csv.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read() != b"\n"


def _drop_half_line(csv: Path) -> None:
    data = csv.read_bytes()
    csv.write_bytes(data[: data.rfind(b"\n") + 1])
