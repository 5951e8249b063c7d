"""One sequence: its landmark files and its contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faceflow.annotate.doubt import leaps
from faceflow.annotate.sheet import Tile, chosen_for_sheet, draw_sheet
from faceflow.dataset.records import FrameRecord, status_of
from faceflow.errors import FrameError
from faceflow.files import atomic_write, remove_temporary
from faceflow.images import encode_image, read_image
from faceflow.landmarks.choose import Chosen, choose_faces
from faceflow.landmarks.openface_csv import encode_image_csv
from faceflow.landmarks.reader import FrameReader
from faceflow.sequences import SequenceFolder, stem
from faceflow.types import Image

SHEET = "sheet.jpg"


def annotate_sequence(
    folder: SequenceFolder,
    reader: FrameReader,
    records: Path,
    min_confidence: float,
    sheet: bool,
) -> list[FrameRecord]:
    """Write the landmarks of each frame of a sequence.

    A frame that was looked at gets ``<stem>.csv``: of its face, also where that is not sure enough,
    or with no row where there is none. A frame that could not be looked at gets no file.

    Parameters
    ----------
    folder
        The sequence.
    reader
        Says what is in each of its frames.
    records
        The folder that is written to.
    min_confidence
        Faces under it are ``low_confidence``.
    sheet
        Whether to draw ``sheet.jpg``.
    """
    found = reader.read(range(len(folder.images)))
    chosen = list(choose_faces(found, min_confidence))
    records.mkdir(parents=True, exist_ok=True)
    _clear(records, {f"{name}.csv" for name in folder.stems})
    stems = folder.stems
    for name, choice in zip(stems, chosen, strict=True):
        _write(records / f"{name}.csv", choice)
    frames = [_record(name, choice) for name, choice in zip(stems, chosen, strict=True)]
    if sheet:
        picture = _sheet(folder, chosen, frames)
        atomic_write(records / SHEET, encode_image(picture, ".jpg"))
    return frames


def _clear(records: Path, expected: set[str]) -> None:
    """Take away what earlier runs left of frames that are gone, and what killed ones left."""
    remove_temporary(records)
    (records / SHEET).unlink(missing_ok=True)
    for path in records.glob("*.csv"):
        if path.name not in expected and not path.is_dir():
            path.unlink()


def _write(path: Path, choice: Chosen) -> None:
    if (
        choice.face is None
        and choice.error is not None
        and status_of(choice.error.reason) != "skipped"
    ):
        path.unlink(missing_ok=True)  # of an earlier run: it would be taken for this one's
        return
    atomic_write(path, encode_image_csv([] if choice.face is None else [choice.face]))


def _record(name: str, choice: Chosen) -> FrameRecord:
    confidence = None if choice.face is None else choice.face.confidence
    if choice.error is None:
        return FrameRecord(name, confidence=confidence)
    error = choice.error
    return FrameRecord(name, status_of(error.reason), error.reason, error.detail, confidence)


def _sheet(
    folder: SequenceFolder, chosen: Sequence[Chosen], frames: Sequence[FrameRecord]
) -> Image:
    doubts = _doubts(chosen)
    shown = chosen_for_sheet([doubt is not None for doubt in doubts])
    tiles = (_tile(folder, number, chosen[number], doubts[number]) for number in shown)
    good = sum(frame.status == "ok" for frame in frames)
    doubtful = sum(doubt is not None for doubt in doubts)
    title = f"{folder.name}: {len(frames)} frames, {good} ok, {doubtful} doubtful"
    if len(shown) < len(frames):
        title += f"; {len(shown)} shown"
    return draw_sheet(tiles, title)


def _doubts(chosen: Sequence[Chosen]) -> list[str | None]:
    leaping = leaps([None if c.face is None else c.face.landmarks for c in chosen])
    return [
        choice.error.reason.replace("_", " ") if choice.error else "leap" if leap else None
        for choice, leap in zip(chosen, leaping, strict=True)
    ]


def _tile(folder: SequenceFolder, number: int, choice: Chosen, doubt: str | None) -> Tile:
    image: Image | None = None
    try:
        image = read_image(folder.folder / folder.images[number])
    except FrameError as error:
        doubt = error.reason.replace("_", " ")
    face = choice.face
    landmarks, confidence = (None, None) if face is None else face
    return Tile(image, stem(folder.images[number]), landmarks, confidence, doubt)
