"""OpenFace's CSV files: of an image, a row for each face; of a sequence, for each frame."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from faceflow.errors import ArrayError, FrameError
from faceflow.files import StrPath, frame_name
from faceflow.landmarks.csvrows import Row, open_rows
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_columns import Columns, add_face
from faceflow.landmarks.openface_sequence import SequenceCsv, SequenceReading


def read_image_csv(path: StrPath) -> tuple[Face, ...]:
    """Read the faces of one image: FaceLandmarkImg's file, or one that `encode_image_csv` made.

    All versions' separators are taken, as are columns beside ``confidence``, ``x_0..`` and
    ``y_0..``; an empty confidence is None.

    Returns
    -------
    faces
        In the file's order; none where it has a header only. Each has (N, 2) landmarks, N >= 3.

    Raises
    ------
    FrameError
        ``missing_landmarks`` where there is no such file; ``bad_landmarks`` where anything in it
        is damaged, or it is of a sequence.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "0001.csv")
    ...     _ = path.write_text("face, confidence, x_0, x_1, x_2, y_0, y_1, y_2\\n"
    ...                         "0, 0.983, 1.0, 3.5, 5.0, 2.0, 4.0, 6.0\\n")
    ...     [face] = read_image_csv(path)
    >>> face.confidence, face.landmarks.tolist()
    (0.983, [[1.0, 2.0], [3.5, 4.0], [5.0, 6.0]])
    """
    name = frame_name(path)
    with _open(path, name) as (columns, rows):
        if columns.frame is not None:
            raise _bad(f"{name} is of a sequence, not of one image: it has a column frame")
        faces: list[Face] = []
        for row in rows:
            add_face(faces, columns, row, name)
    return tuple(faces)


def read_sequence_csv(path: StrPath, frames: int) -> SequenceCsv:
    """Read the faces of frames 1 to `frames`: FeatureExtraction's or FaceLandmarkVidMulti's file.

    A damaged row spoils its own frame only. A row of zeros with confidence 0 is no face. Rows of
    later frames are passed over, so that the memory taken is that of the frames asked for.

    Returns
    -------
    sequence
        `found` has `frames` elements. One is a FrameError where the frame has no row
        (``missing_landmarks``) or a damaged one (``bad_landmarks``).

    Raises
    ------
    FrameError
        ``missing_landmarks`` where there is no such file; ``bad_landmarks`` where it is no such
        CSV as a whole.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "T1.csv")
    ...     _ = path.write_text("frame,timestamp,confidence,x_0,x_1,x_2,y_0,y_1,y_2\\n"
    ...                         "1,0.000,0.98,1.0,3.5,5.0,2.0,4.0,6.0\\n"
    ...                         "2,0.000,0.00,0.0,0.0,0.0,0.0,0.0,0.0\\n")
    ...     sequence = read_sequence_csv(path, 2)
    >>> [len(faces) for faces in sequence.found], sequence.last_frame, sequence.from_video
    ([1, 0], 2, False)
    """
    name = frame_name(path)
    with _open(path, name) as (columns, rows):
        if columns.frame is None:
            raise _bad(f"{name} is not of a sequence: it has no column frame")
        reading = SequenceReading(name, columns, frames)
        for row in rows:
            reading.take(row)
    return reading.result()


def is_sequence_csv(path: StrPath) -> bool:
    """Whether a CSV is of a sequence, having a column ``frame``, and not of one image.

    Raises
    ------
    FrameError
        ``missing_landmarks`` where there is no such file; ``bad_landmarks`` where its header is
        not one of OpenFace's.
    """
    with _open(path, frame_name(path)) as (columns, _):
        return columns.frame is not None


def encode_image_csv(faces: Sequence[Face], points: int = 68) -> bytes:
    """The faces of one image in OpenFace's columns, pixels with 3 decimals, a row for each.

    Parameters
    ----------
    faces
        All with the same number of landmarks.
    points
        How many landmarks the header names where there is no face.

    Raises
    ------
    ArrayError
        The faces differ in the number of landmarks.

    Examples
    --------
    >>> import numpy as np
    >>> face = Face(np.array([[1.0, 2.0], [3.5, 4.0], [5.0, 6.0]]))
    >>> print(encode_image_csv([face]).decode(), end="")
    face,confidence,x_0,x_1,x_2,y_0,y_1,y_2
    0,,1.000,3.500,5.000,2.000,4.000,6.000
    """
    counts = sorted({len(face.landmarks) for face in faces}) or [points]
    if len(counts) > 1:
        raise ArrayError(f"the faces have {counts} landmarks; the same number each is taken")
    header, numbers = _row_texts(counts[0])
    rows = [header]
    for number, (landmarks, confidence) in enumerate(faces):
        sure = "" if confidence is None else f"{confidence:.3f}"
        rows.append(f"{number},{sure}{numbers % tuple(landmarks.T.ravel().tolist())}\n")
    return "".join(rows).encode()


@lru_cache(maxsize=8)
def _row_texts(points: int) -> tuple[str, str]:
    """The header, and how the numbers of a row are written."""
    names = (f"{axis}_{i}" for axis in "xy" for i in range(points))
    return ",".join(["face", "confidence", *names]) + "\n", ",%.3f" * (2 * points)


@contextlib.contextmanager
def _open(path: StrPath, name: str) -> Iterator[tuple[Columns, Iterator[Row]]]:
    with open_rows(path) as rows:
        header = next(rows, None)
        if header is None:
            raise _bad(f"{name} is empty")
        try:
            columns = Columns.of(header)
        except ValueError as error:
            raise _bad(f"{name} {error}") from None
        yield columns, rows


def _bad(detail: str) -> FrameError:
    return FrameError("bad_landmarks", detail)
