"""The parts of a split, as ``faceflow split`` wrote them, read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from faceflow.dataset.reader import Names
from faceflow.dataset.split import FOLDER, PARTS
from faceflow.errors import ConfigError, DatasetError
from faceflow.files import open_regular, os_reason, shown

_LONGEST_LINE = 2**16
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def read_part(output: Path, part: str) -> list[Names]:
    """The pairs of one part of a dataset's split.

    Parameters
    ----------
    output
        The dataset.
    part
        ``"train"``, ``"val"`` or ``"test"``.

    Raises
    ------
    ConfigError
        There is no such part, it is empty, or a subject of it is in another part too.
    DatasetError
        A file of the split is damaged.

    Examples
    --------
    >>> read_part(Path("none"), "train")
    Traceback (most recent call last):
    ...
    faceflow.errors.ConfigError: none has no splits/train.txt: faceflow split makes it
    """
    if part not in PARTS:
        raise ConfigError(f"the part {part!r} is not taken, only {', '.join(PARTS)}")
    pairs = list(_pairs(output, part))
    if not pairs:
        raise ConfigError(f"{shown(output)}/{FOLDER}/{part}.txt lists no pair")
    subjects = {pair.subject for pair in pairs}
    for other in (name for name in PARTS if name != part):
        shared = next((p.subject for p in _pairs(output, other) if p.subject in subjects), None)
        if shared is not None:
            raise ConfigError(
                f"{shown(output)}/{FOLDER}: the subject {shown(shared)} is in {part} and in "
                f"{other}; each may be in one part only"
            )
    return pairs


def _pairs(output: Path, part: str) -> Iterator[Names]:
    path = output / FOLDER / f"{part}.txt"
    try:
        with open_regular(path) as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                yield _parse(line, f"{shown(path)}, line {number},")
    except FileNotFoundError as error:
        name = f"{FOLDER}/{part}.txt"
        raise ConfigError(f"{shown(output)} has no {name}: faceflow split makes it") from error
    except OSError as error:
        raise DatasetError(f"{shown(path)} cannot be read: {os_reason(error)}") from error


def _parse(line: bytes, where: str) -> Names:
    # Names may have bytes that are no UTF-8, and escapes as `split` writes them.
    if not line.endswith(b"\n"):
        raise DatasetError(f"{where} has no end: the file is cut short")
    fields = line.removesuffix(b"\n").decode("utf-8", "surrogateescape").split("\t")
    if len(fields) != len(Names._fields) or not all(fields):
        taken = "subject, sequence, first and second frame with tabs between"
        raise DatasetError(f"{where} is {line[:80]!r}; {taken} are taken")
    return Names(*(_ESCAPED.sub(lambda m: _MEANT.get(m[1], m[0]), field) for field in fields))
