"""CSV files that nobody vouches for, row by row: none of them can fill the memory."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from faceflow.errors import FrameError
from faceflow.files import StrPath, frame_name, open_regular, os_reason

_LONGEST_LINE = 2**20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Row(NamedTuple):
    """A line of a CSV that is not empty."""

    line: int
    """Its number in the file, from 1."""

    values: list[str]
    """Without white space around; where `problem` is, what lies between the commas."""

    problem: str | None = None
    """Why the line is no CSV, in words that follow its name; None if it is."""


@contextlib.contextmanager
def open_rows(path: StrPath) -> Iterator[Iterator[Row]]:
    """Open a CSV; its rows come one at a time, the header first.

    Each line is a row of its own, so that a quotation mark left open spoils no other. Bytes that
    are not UTF-8 become U+FFFD, which is no part of any name or number.

    Raises
    ------
    FrameError
        ``missing_landmarks`` where there is no such file; ``bad_landmarks`` where it cannot be
        read or, while its rows are read, has a line of more than 1 MiB.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "0001.csv")
    ...     _ = path.write_text("face, confidence\\n\\n0, 0.98\\n")
    ...     with open_rows(path) as rows:
    ...         [(row.line, row.values) for row in rows]
    [(1, ['face', 'confidence']), (3, ['0', '0.98'])]
    """
    name = frame_name(path)
    try:
        with open_regular(path) as file:
            yield _rows(file, name)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FrameError("missing_landmarks", f"{name} is not there") from error
    except OSError as error:
        raise FrameError("bad_landmarks", f"{name} cannot be read: {os_reason(error)}") from error


def _rows(file: io.BufferedReader, name: str) -> Iterator[Row]:
    number = 0
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            what = f"has more than {_LONGEST_LINE} bytes in line {number}"
            raise FrameError("bad_landmarks", f"{name} {what}")
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if text := line.decode(errors="replace").strip():
            yield _split(number, text)


def _split(number: int, text: str) -> Row:
    try:
        (values,) = csv.reader([text], skipinitialspace=True, strict=True)
        problem = None
    except csv.Error as error:
        values, problem = text.split(","), f"is no CSV: {error}"
    return Row(number, [value.strip() for value in values], problem)
