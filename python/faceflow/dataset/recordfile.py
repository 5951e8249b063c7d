"""``sequence.json`` read row by row: a sequence may have 100,000 frames."""

from __future__ import annotations

import contextlib
import hashlib
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from faceflow.dataset.jsonstream import JsonObject
from faceflow.dataset.records import STATUSES, FrameRecord, PairRecord, check_frame_name
from faceflow.errors import DatasetError
from faceflow.files import open_regular, os_reason, shown
from faceflow.flowio.field import MOST_PIXELS
from faceflow.types import AnyArray, Size

_LISTS = frozenset({"frames", "pairs"})
_MOST = 2**31
"""No statistic is more: neither pixels nor their number."""

_FIELDS = ("subject", "sequence", "size", "triangles")


class RecordFile:
    """A sequence's record, whose frames and pairs are read from the file each time.

    All of it is looked at when it is opened: frames have names that files can have, each once,
    pairs are of these frames, and what has flow has statistics. It takes 12 bytes a frame.

    Parameters
    ----------
    path
        ``sequence.json``.

    Raises
    ------
    DatasetError
        The file cannot be read, or is no such record.

    Examples
    --------
    >>> RecordFile(Path("none.json"))
    Traceback (most recent call last):
    ...
    faceflow.errors.DatasetError: none.json cannot be read: No such file or directory
    """

    size: Size | None
    """(H, W) of its images; None where none could be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fields: dict[str, Any] = {}
        """What it says beside frames and pairs; `triangles` as the file has them."""
        self._numbers = NameNumbers(self._first_reading())
        self.frame_count = len(self._numbers)
        with self._in_words():
            self.size = _size(self.fields["size"])
            if self._numbers.repeated is not None:
                raise ValueError(f"its frame {self._numbers.repeated} has the name of another")
            self.pair_count = sum(1 for pair in self._pairs() if self._check(pair))

    def _first_reading(self) -> Iterator[str]:
        with self._in_words(), open_regular(self.path) as file:
            fields = JsonObject(file, _LISTS)
            for key, value in fields.items():
                if key == "frames":
                    frame = FrameRecord(**value)
                    check_frame_name(frame.name)
                    os.fsencode(frame.name)
                    _check_fate(frame)
                    yield frame.name
                elif key != "pairs":
                    self.fields[key] = value
            for key in (*_FIELDS, *_LISTS):
                if key not in fields.keys:
                    raise KeyError(key)

    def _check(self, pair: PairRecord) -> bool:
        for name in (pair.first, pair.second):
            check_frame_name(name)
            if self._numbers.get(name) is None:
                raise ValueError(f"a pair names {name!r}, which is no frame of it")
        _check_fate(pair)
        for number in (pair.valid_px, pair.mean_px, pair.max_px, pair.flipped):
            usable = isinstance(number, int | float) and 0 <= number <= _MOST
            if pair.status == "ok" and not usable:
                raise ValueError(f"the statistics of {shown(pair.first)} hold {number!r}")
        for number in (pair.label_error, pair.still_error, pair.dis_error, pair.quality):
            usable = number is None or (isinstance(number, int | float) and 0 <= number <= 255)
            if not usable or pair.jump not in (None, True):
                raise ValueError(f"the quality of {shown(pair.first)} holds {number!a:.60}")
        return True

    def frames(self) -> Iterator[FrameRecord]:
        """Its frames, in order.

        Raises
        ------
        DatasetError
            The file has changed since it was opened.
        """
        with self._in_words():
            for row in self._rows("frames"):
                yield FrameRecord(**row)

    def pairs(self) -> Iterator[PairRecord]:
        """Its pairs, in order.

        Raises
        ------
        DatasetError
            The file has changed since it was opened.
        """
        with self._in_words():
            yield from self._pairs()

    def number(self, name: str) -> int:
        """A frame's number, from 0.

        Raises
        ------
        DatasetError
            There is no such frame.
        """
        number = self._numbers.get(name)
        if number is None:
            raise DatasetError(f"{shown(self.path)} has no frame {shown(name)}")
        return number

    def _pairs(self) -> Iterator[PairRecord]:
        for row in self._rows("pairs"):
            yield PairRecord(**row)

    def _rows(self, wanted: str) -> Iterator[dict[str, Any]]:
        with open_regular(self.path) as file:
            for key, value in JsonObject(file, _LISTS).items():
                if key == wanted:
                    yield value

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DatasetError(f"{shown(self.path)} cannot be read: {os_reason(error)}") from error
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise DatasetError(
                f"{shown(self.path)} is no record of a sequence: {error!a:.300}"
            ) from error


class NameNumbers:
    """Names and their numbers, in 12 bytes a name however long it is.

    Names are known by 64 bits of a hash: of 100,000, two are alike in them once in 10^9 times.

    Examples
    --------
    >>> numbers = NameNumbers(["b", "a"])
    >>> numbers.get("a"), numbers.get("c")
    (1, None)
    """

    repeated: int | None
    """The number of a name that was there before; None where each is there once."""

    def __init__(self, names: Iterable[str]) -> None:
        unordered = np.frombuffer(array("Q", map(_hash, names)), np.uint64)
        self._numbers: AnyArray = np.argsort(unordered, kind="stable").astype(np.int32)
        hashes = unordered[self._numbers]
        del unordered  # of 100,000 frames there may be 500,000 names of files
        self._hashes = array("Q")  # in which bisect is quicker than in one of numpy's
        self._hashes.frombytes(hashes.data.cast("B"))
        (places,) = np.nonzero(hashes[1:] == hashes[:-1])
        self.repeated = int(self._numbers[places[0] + 1]) if len(places) else None

    def __len__(self) -> int:
        return len(self._hashes)

    def get(self, name: str) -> int | None:
        """The place of a name among those given, from 0; None where it is not among them."""
        wanted = _hash(name)
        place = bisect_left(self._hashes, wanted)
        if place < len(self._hashes) and self._hashes[place] == wanted:
            return int(self._numbers[place])
        return None


def _hash(name: str) -> int:
    data = name.encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())


def _check_fate(record: FrameRecord | PairRecord) -> None:
    if record.status not in STATUSES:
        raise ValueError(f"the status {record.status!r}")
    for text in (record.reason, record.detail):
        if not isinstance(text, str | None):
            raise TypeError(f"the reason or detail {text!r}")


def _size(size: Any) -> Size | None:
    if size is None:
        return None
    sound = isinstance(size, list) and len(size) == 2 and all(type(side) is int for side in size)
    if not sound or min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        raise ValueError(f"its size is {size!a:.60}, [H, W] is taken")
    return size[0], size[1]
