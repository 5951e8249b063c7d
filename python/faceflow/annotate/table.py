"""``landmarks.csv``: a line for each frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from faceflow.dataset.records import SequenceRecord
from faceflow.errors import DatasetError
from faceflow.files import atomic_write, natural_key, os_reason, shown

_COLUMNS = ["subject", "sequence", "frame", "status", "reason", "detail", "confidence"]
# Names may have bytes that are no UTF-8; they stay the bytes that they are.
_ENCODING, _ERRORS = "utf-8", "surrogateescape"


def write_table(
    path: Path, records: Iterable[SequenceRecord], chosen: Callable[[str, str], bool]
) -> None:
    """Write the table of every frame, in natural order of subjects and sequences.

    Parameters
    ----------
    path
        Lines of an earlier table stay where the sequence was not asked for this time.
    records
        Of the sequences that were.
    chosen
        Whether a (subject, sequence) was.

    Raises
    ------
    DatasetError
        What is there is no such table.
    OSError
        It cannot be written.
    """
    rows = [row for row in _earlier(path) if not chosen(row[0], row[1])]
    for record in records:
        for frame in record.frames:
            confidence = "" if frame.confidence is None else str(frame.confidence)
            facts = [frame.name, frame.status, frame.reason or "", frame.detail or "", confidence]
            rows.append([record.subject, record.sequence, *facts])
    rows.sort(key=lambda row: (natural_key(row[0]), natural_key(row[1])))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_COLUMNS, *rows])
    atomic_write(path, text.getvalue().encode(_ENCODING, _ERRORS))


def _earlier(path: Path) -> Iterator[list[str]]:
    try:
        with path.open(encoding=_ENCODING, errors=_ERRORS, newline="") as file:
            rows = csv.reader(file)
            if next(rows, None) != _COLUMNS:
                raise DatasetError(f"{shown(path)} is no table of landmarks; it stays as it is")
            yield from (row for row in rows if len(row) == len(_COLUMNS))
    except FileNotFoundError:
        return
    except OSError as error:
        raise DatasetError(f"{shown(path)} cannot be read: {os_reason(error)}") from error
