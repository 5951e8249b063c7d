"""OpenFace's CSV files made earlier, in folders like those of the images."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from faceflow.errors import FrameError
from faceflow.files import frame_name, natural_sorted, os_reason
from faceflow.landmarks.face import Found
from faceflow.landmarks.openface_csv import is_sequence_csv, read_image_csv, read_sequence_csv
from faceflow.sequences import SequenceFolder, is_image, stem
from faceflow.videos import video_frame_names

_TAKEN_BY_OPENFACE = (".jpg", ".jpeg", ".png", ".bmp")  # of a folder's files, as they are written


@dataclass(frozen=True)
class CsvReader:
    """Reads what CSV files made earlier say of the frames of a sequence.

    Taken are, the first that is there:

    - ``<folder>/<subject>/<sequence>/<sequence>.csv`` or ``<folder>/<subject>/<sequence>.csv``
      with a column ``frame``, FeatureExtraction's: a row for each frame. Where its time stamps are
      all 0 it was made from the folder of images, and numbers those that OpenFace takes (lower-case
      ``.jpg .jpeg .png .bmp``) in plain order, in which 10 comes before 2. Otherwise it was made
      from a video, and numbers all images in natural order. The frames of a sequence that is a
      video are numbered as they are, whatever the time stamps.
    - ``<folder>/<subject>/<sequence>/<stem>.csv``, FaceLandmarkImg's: a file for each frame; no
      face where there is only ``<stem>_of_details.txt``.

    A problem of the whole file is each frame's; rows of more frames than there are images are one,
    since then no row can be trusted.
    """

    folder: Path
    sequence: SequenceFolder
    several: bool = True

    def read(self, numbers: range) -> list[Found]:
        """What the files of some frames say, or the rows of the file of all."""
        sequence = self.sequence
        try:
            path = _sequence_file(self.folder, sequence)
            if path is not None:
                return _read_sequence(path, sequence)[numbers.start : numbers.stop]
        except FrameError as error:
            return [FrameError(error.reason, error.detail) for _ in numbers]
        place = Path(self.folder, sequence.subject, sequence.sequence)
        return [_read_image(place, stem(sequence.images[number])) for number in numbers]


def _sequence_file(folder: Path, sequence: SequenceFolder) -> Path | None:
    subject, name = Path(folder, sequence.subject), f"{sequence.sequence}.csv"
    among_frames, beside = subject / sequence.sequence / name, subject / name
    try:
        if _is_of_sequence(among_frames):
            return among_frames
    except FrameError:
        if not _has_frame_of_its_name(sequence):
            raise
    return beside if _is_of_sequence(beside) else None


def _is_of_sequence(path: Path) -> bool:
    try:
        return is_sequence_csv(path)
    except FrameError as error:
        if error.reason != "missing_landmarks":
            raise
        return False


def _has_frame_of_its_name(sequence: SequenceFolder) -> bool:
    """Whether a damaged CSV of the sequence's name may be that of a frame only."""
    return sequence.sequence in map(stem, _in_natural_order(sequence, _listed(sequence)))


def _read_image(place: Path, stem: str) -> Found:
    try:
        return read_image_csv(place / f"{stem}.csv")
    except FrameError as error:
        # Path.is_file() would raise where the name gets too long.
        without_face = os.path.isfile(place / f"{stem}_of_details.txt")  # noqa: PTH113
        if error.reason == "missing_landmarks" and without_face:
            return ()
        return FrameError(error.reason, error.detail)


@lru_cache(maxsize=4)  # it is asked for a few frames at a time
def _read_sequence(path: Path, sequence: SequenceFolder) -> list[Found]:
    # Of the folder and not of the sequence, which --limit may have cut.
    names = _listed(sequence)
    of_video = _in_natural_order(sequence, names)
    of_folder = sorted(filter(_is_taken_by_openface, names), key=os.fsencode)
    rows = read_sequence_csv(path, max(len(of_video), len(of_folder)))
    as_video = sequence.is_video or rows.from_video
    numbered = of_video if as_video else of_folder
    if rows.last_frame > len(numbered):
        images = "frames" if sequence.is_video else "images"
        counted = images if as_video else "images that OpenFace takes"
        detail = f"there are {len(numbered)} {counted} in {sequence.name}"
        detail = f"{frame_name(path)} has rows of {rows.last_frame} frames, but {detail}"
        raise FrameError("bad_landmarks", detail)
    found = dict(zip(numbered, rows.found, strict=False))
    return [
        found[image] if image in found else _not_numbered(sequence, image)
        for image in sequence.images
    ]


def _listed(sequence: SequenceFolder) -> list[str]:
    """All files of the folder, or frames of the video."""
    if sequence.is_video:
        return list(video_frame_names(sequence.folder))
    try:
        return [path.name for path in sequence.folder.iterdir()]
    except OSError as error:
        detail = f"{sequence.name} cannot be listed: {os_reason(error)}"
        raise FrameError("missing_landmarks", detail) from error


def _in_natural_order(sequence: SequenceFolder, names: list[str]) -> list[str]:
    return names if sequence.is_video else natural_sorted(filter(is_image, names))


def _is_taken_by_openface(name: str) -> bool:
    return name.endswith(_TAKEN_BY_OPENFACE)


def _not_numbered(sequence: SequenceFolder, image: str) -> FrameError:
    name = frame_name(sequence.folder / image)
    if _is_taken_by_openface(image):
        return FrameError("missing_landmarks", f"{name} is not there")
    taken = " ".join(_TAKEN_BY_OPENFACE)
    detail = f"{name} has no row: of a folder OpenFace takes {taken} only, in lower case"
    return FrameError("missing_landmarks", detail)
