"""What became of every frame and pair: ``sequence.json`` and ``dataset.json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeAlias

from faceflow.errors import DatasetError
from faceflow.files import atomic_write, open_regular, os_reason, shown
from faceflow.flow.checks import MAX_POINTS

Status: TypeAlias = Literal["ok", "failed", "skipped"]

STATUSES: tuple[Status, ...] = ("ok", "failed", "skipped")

SKIPPED_REASONS = frozenset({"no_face", "low_confidence", "below_quality", "degenerate"})
"""The reasons that are no failure; all others are."""

FRAME_REASONS = frozenset(
    {
        *("unreadable_image", "truncated_image", "size_changed"),
        *("missing_landmarks", "bad_landmarks", "wrong_point_count"),
        *("openface_crash", "openface_timeout", "no_face", "low_confidence"),
    }
)
"""Why a frame is not ``ok``."""

WITHOUT_IMAGE = frozenset({"unreadable_image", "truncated_image"})
"""The reasons of frames that have no image; all others have one."""

PAIR_REASONS = frozenset({"write_error", "below_quality", "degenerate"})
"""The reasons of pairs that are not one of their frames'."""

_OF_SOME = frozenset({"repaired", "jump", "label_error", "still_error", "dis_error", "quality"})

_MOST_BYTES = 2**30


def status_of(reason: str) -> Status:
    """The status that goes with a reason.

    Examples
    --------
    >>> status_of("no_face"), status_of("bad_landmarks")
    ('skipped', 'failed')
    """
    return "skipped" if reason in SKIPPED_REASONS else "failed"


@dataclass(frozen=True)
class FrameRecord:
    """One frame."""

    name: str
    status: Status = "ok"
    reason: str | None = None
    detail: str | None = None
    confidence: float | None = None
    repaired: int | None = None
    """How many landmarks of a rendered frame were held back; None of a real one."""


@dataclass(frozen=True)
class PairRecord:
    """One pair; the statistics are None where it has no flow."""

    first: str
    second: str
    status: Status = "ok"
    reason: str | None = None
    detail: str | None = None
    valid_px: int | None = None
    mean_px: float | None = None
    max_px: float | None = None
    flipped: int | None = None
    jump: bool | None = None
    """True where its landmarks move further than a face does."""
    label_error: float | None = None
    """Photometric error, grey levels; with ``--quality``, as the next three are."""
    still_error: float | None = None
    """Of no flow."""
    dis_error: float | None = None
    quality: float | None = None
    """From 0 to 1: the error of DIS as a share of the label's."""


@dataclass(frozen=True)
class SequenceRecord:
    """One sequence; `triangles` is None where there are none for all of it."""

    subject: str
    sequence: str
    size: tuple[int, int] | None
    triangles: list[list[int]] | None
    frames: list[FrameRecord]
    pairs: list[PairRecord]
    tracked: int | None = None
    """How many of a frame's landmarks, the first, flow is ground truth between; None for all."""


def faults(name: str, frames: Iterable[FrameRecord], pairs: Iterable[PairRecord]) -> Iterator[str]:
    """A line for each frame that is not ``ok``, and each pair that is not though its frames are.

    And one for each pair whose landmarks jump.

    `name` is that of their sequence, as messages show it.
    """
    for frame in frames:
        if frame.status != "ok":
            yield f"{name}: frame {shown(frame.name)} {frame.status}: {frame.detail}"
    for pair in pairs:
        names = f"{shown(pair.first)} -> {shown(pair.second)}"
        if pair.reason in PAIR_REASONS:
            yield f"{name}: pair {names} {pair.status}: {pair.detail}"
        elif pair.jump:
            yield f"{name}: pair {names} jumps: its landmarks move further than a face does"


def encode_rows(records: Sequence[FrameRecord] | Sequence[PairRecord]) -> str:
    """Frames or pairs as they stand in ``sequence.json``, one a line."""
    return ",\n".join(f"  {json.dumps(record_fields(record))}" for record in records)


def record_fields(record: FrameRecord | PairRecord) -> dict[str, Any]:
    """A record's fields, without those that only some datasets have."""
    return {k: v for k, v in vars(record).items() if v is not None or k not in _OF_SOME}


def write_record(path: Path, record: SequenceRecord) -> None:
    """Write ``sequence.json``, a frame or pair a line."""
    frames, pairs = [encode_rows(record.frames)], [encode_rows(record.pairs)]
    head = (record.subject, record.sequence, record.size, record.triangles)
    write_rows(path, *head, frames, pairs, tracked=record.tracked)


def write_rows(
    path: Path,
    subject: str,
    sequence: str,
    size: tuple[int, int] | None,
    triangles: list[list[int]] | None,
    frames: Iterable[str],
    pairs: Iterable[str],
    tracked: int | None = None,
    refined: dict[str, float] | None = None,
) -> None:
    """Write ``sequence.json`` from pieces of its frames and pairs, as `encode_rows` gives them."""
    fields: dict[str, Any] = {"subject": subject, "sequence": sequence}
    fields |= {"size": size, "triangles": triangles}
    if tracked is not None:
        fields["tracked"] = tracked
    if refined is not None:
        fields["refined"] = refined
    head = (f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in fields.items())
    begin = "{\n " + "".join(f"{line},\n " for line in head)
    rows = chain(_encode_list("frames", frames), [",\n "], _encode_list("pairs", pairs))
    atomic_write(path, (piece.encode() for piece in chain([begin], rows, ["\n}\n"])))


def _encode_list(name: str, pieces: Iterable[str]) -> Iterator[str]:
    yield f"{json.dumps(name)}: ["
    before = "\n"
    for piece in filter(None, pieces):
        yield before + piece
        before = ",\n"
    yield "]" if before == "\n" else "\n ]"


def read_record(path: Path) -> SequenceRecord:
    """Read ``sequence.json``.

    Raises
    ------
    DatasetError
        The file cannot be read, or is no such record.
    """
    fields = read_json(path)
    try:
        size = fields["size"]
        record = SequenceRecord(
            fields["subject"],
            fields["sequence"],
            None if size is None else (int(size[0]), int(size[1])),
            fields["triangles"],
            [FrameRecord(**frame) for frame in fields["frames"]],
            [PairRecord(**pair) for pair in fields["pairs"]],
            parse_tracked(fields),
        )
        _check_names(record)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise DatasetError(f"{shown(path)} is no record of a sequence: {error!r}") from error
    return record


def parse_tracked(fields: dict[str, Any]) -> int | None:
    """What is said of how many landmarks are tracked; None where nothing is: all of them.

    Raises
    ------
    ValueError
        It is no such number.
    """
    tracked = fields.get("tracked")
    if tracked is not None and (type(tracked) is not int or not 3 <= tracked <= MAX_POINTS):
        raise ValueError(f"tracked is {tracked!a:.60}, a number of landmarks from 3 is taken")
    return tracked


def _check_names(record: SequenceRecord) -> None:
    names = {frame.name for frame in record.frames}
    for name in names | {name for pair in record.pairs for name in (pair.first, pair.second)}:
        check_frame_name(name)
        if name not in names:
            raise ValueError(f"a pair names {name!r}, which is no frame of it")


def check_frame_name(name: object) -> None:
    """Refuse what is not a name, or leads to another folder.

    Raises
    ------
    ValueError
        It is no text, empty, or has a slash or a zero byte in it.
    """
    if not isinstance(name, str) or not name or "/" in name or "\0" in name:
        raise ValueError(f"a frame is named {name!r}")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    DatasetError
        The file cannot be read, or holds something else.
    """
    try:
        with open_regular(path) as file:
            data = file.read(_MOST_BYTES)
        fields = json.loads(data)
    except OSError as error:
        raise DatasetError(f"{shown(path)} cannot be read: {os_reason(error)}") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{shown(path)} is no JSON: {error}") from error
    if not isinstance(fields, dict):
        raise DatasetError(f"{shown(path)} holds a {type(fields).__name__}, an object is taken")
    return fields


def write_json(path: Path, fields: dict[str, Any]) -> None:
    """Write a JSON object, whole or not at all."""
    atomic_write(path, (json.dumps(fields, indent=1) + "\n").encode())


@dataclass
class Totals:
    """Frames and pairs by status, and what went wrong by reason."""

    sequences: int = 0
    frames: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    repaired: int = 0
    """Frames of which landmarks were held back."""
    frame_reasons: Counter[str] = field(default_factory=Counter)
    pair_reasons: Counter[str] = field(default_factory=Counter)
    jumps: int = 0
    """Pairs that are ``ok``, and whose landmarks jump."""

    def add(self, frames: Iterable[FrameRecord], pairs: Iterable[PairRecord]) -> None:
        """Count some frames and pairs."""
        for frame in frames:
            self.frames[frame.status] += 1
            self.repaired += bool(frame.repaired)
            self.frame_reasons.update([frame.reason] if frame.reason else [])
        for pair in pairs:
            self.pairs[pair.status] += 1
            self.pair_reasons.update([pair.reason] if pair.reason else [])
            self.jumps += pair.status == "ok" and bool(pair.jump)

    def merge(self, fields: dict[str, Any]) -> None:
        """Add what `as_json` gave of others."""
        self.sequences += fields["sequences"]
        self.repaired += fields.get("repaired", 0)
        for name in ("frames", "pairs", "frame_reasons", "pair_reasons"):
            getattr(self, name).update(fields[name])
        self.jumps += fields.get("jumps", 0)

    def as_json(self) -> dict[str, Any]:
        """As ``dataset.json`` holds them."""
        return {
            "sequences": self.sequences,
            "frames": {status: self.frames[status] for status in STATUSES},
            "pairs": {status: self.pairs[status] for status in STATUSES},
            "frame_reasons": dict(sorted(self.frame_reasons.items())),
            "pair_reasons": dict(sorted(self.pair_reasons.items())),
            **({"jumps": self.jumps} if self.jumps else {}),
            **({"repaired": self.repaired} if self.repaired else {}),
        }
