"""The index beside a shard: where each member lies, and its SHA-256."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from faceflow.dataset.records import parse_tracked, read_json
from faceflow.dataset.shards.frame import ShardHead
from faceflow.dataset.shards.names import KINDS, folder_of, index_path, split_member
from faceflow.errors import DatasetError
from faceflow.files import atomic_write, shown
from faceflow.flowio.field import MOST_PIXELS

SCHEMA = 1
BLOCK = 512
"""tar's: headers have this many bytes, and data are filled up to a multiple."""

_MOST = 2**62
_ORDERS = {kind: order for order, kind in enumerate(KINDS)}
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Member(NamedTuple):
    """One member of a shard."""

    name: str
    offset: int
    """Of its data's first byte in the file."""
    size: int
    sha256: str

    @property
    def end(self) -> int:
        """Where the next member's header begins."""
        return self.offset + self.size + -self.size % BLOCK


@dataclass(frozen=True)
class ShardIndex:
    """What a shard holds."""

    head: ShardHead
    frames: int
    bytes: int
    """Of the whole file."""
    members: tuple[Member, ...]

    def frames_at(self, numbers: range) -> tuple[list[str], tuple[Member, ...], int]:
        """The names and members of some of the frames, and where the first header begins."""
        starts = [i for i, m in enumerate(self.members) if m.name.endswith(".json")]
        names = [
            split_member(self.members[i].name)[1] for i in starts[numbers.start : numbers.stop]
        ]
        first, last = (
            starts[n] if n < len(starts) else len(self.members)
            for n in (numbers.start, numbers.stop)
        )
        return names, self.members[first:last], self.members[first - 1].end if first else 0


def write_index(shard: Path, index: ShardIndex) -> None:
    """Write the index of a shard that is in its place, a member a line."""
    fields = {"schema": SCHEMA, **asdict(index.head)}
    if index.head.tracked is None:
        del fields["tracked"]
    fields |= {"frames": index.frames, "bytes": index.bytes}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items()]
    # Names of members have nothing that JSON escapes, and a shard has thousands of them.
    rows = ",\n".join(
        f'  {{"name": "{m.name}", "offset": {m.offset}, "size": {m.size}, "sha256": "{m.sha256}"}}'
        for m in index.members
    )
    lines.append(f'"members": [\n{rows}\n ]')
    atomic_write(index_path(shard), ("{\n " + ",\n ".join(lines) + "\n}\n").encode())


def read_index(shard: Path) -> ShardIndex:
    """Read the index beside a shard; that it is there means that the shard is whole.

    Raises
    ------
    DatasetError
        It cannot be read, or says what cannot be: members that lie outside the file or in one
        another, names that no member has.

    Examples
    --------
    >>> read_index(Path("none.tar"))
    Traceback (most recent call last):
    ...
    faceflow.errors.DatasetError: none.json cannot be read: No such file or directory
    """
    path = index_path(shard)
    fields = read_json(path)
    if fields.get("schema") != SCHEMA:
        found = fields.get("schema")
        raise DatasetError(f"{shown(path)} has the schema {found!a}, {SCHEMA} is taken")
    try:
        index = _parse(fields)
        _check(index)
    except (KeyError, TypeError, ValueError, DatasetError) as error:
        raise DatasetError(f"{shown(path)} is no index of a shard: {_why(error)}") from error
    return index


def _why(error: Exception) -> str:
    return f"it has no {error.args[0]!a}" if isinstance(error, KeyError) else shown(str(error))


def _parse(fields: dict[str, Any]) -> ShardIndex:
    size = fields["size"]
    head = ShardHead(
        _text(fields, "subject"),
        _text(fields, "sequence"),
        None if size is None else _sides(size),
        _text(fields, "image_format"),
        _whole(fields, "frames_per_shard"),
        _whole(fields, "first"),
        parse_tracked(fields),
    )
    return ShardIndex(
        head, _whole(fields, "frames"), _whole(fields, "bytes"), _members(fields["members"])
    )


def _members(members: Any) -> tuple[Member, ...]:
    """Of thousands, each looked at no longer than it takes to tell that it is one."""
    if not isinstance(members, list) or not all(isinstance(m, dict) for m in members):
        raise TypeError("its members are no list of objects")
    parsed = tuple(map(Member._make, map(itemgetter(*Member._fields), members)))
    for member in parsed:
        kinds = tuple(map(type, member))
        if kinds != (str, int, int, str) or not 0 <= min(member[1:3]) <= max(member[1:3]) < _MOST:
            fields = member._asdict()
            for key in ("name", "sha256"):
                _text(fields, key)
            for key in ("offset", "size"):
                _whole(fields, key)
    return parsed


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is {value!a:.60}, a string is taken")
    return value


def _whole(fields: dict[str, Any], key: str) -> int:
    value = fields[key]
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{key} is {value!a:.60}, a whole number from 0 is taken")
    return value


def _sides(size: Any) -> tuple[int, int]:
    sound = isinstance(size, list) and len(size) == 2 and all(type(side) is int for side in size)
    if not sound or min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        raise ValueError(f"size is {size!a:.60}, [H, W] is taken")
    return size[0], size[1]


def _check(index: ShardIndex) -> None:
    head = index.head
    if head.image_format not in ("jpg", "png"):
        raise ValueError(f"image_format is {head.image_format!a:.60}, jpg and png are taken")
    if index.frames > head.frames_per_shard or head.frames_per_shard < 1:
        raise ValueError(f"{index.frames} frames in a shard of {head.frames_per_shard}")
    if head.first % head.frames_per_shard:
        raise ValueError(f"no shard of {head.frames_per_shard} frames begins at {head.first}")
    _check_places(index)
    _check_frames(index)


def _check_places(index: ShardIndex) -> None:
    position = 0
    for name, offset, size, sha256 in index.members:
        if offset < position + BLOCK or offset % BLOCK:
            raise ValueError(f"{name!a:.200} lies at {offset}, in what is before it")
        position = offset + size
        if position > index.bytes:
            raise ValueError(f"{name!a:.200} ends at {position}, the shard at {index.bytes}")
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"{name!a:.200} has the SHA-256 {sha256!a:.80}")


def _check_frames(index: ShardIndex) -> None:
    """Members of one frame follow one another, in the order of their kinds, JSON first."""
    folder = folder_of(index.head.subject, index.head.sequence)
    known: set[str] = set()
    last, last_order = "", -1
    for member in index.members:
        key, _, kind = member.name.partition(".")
        order = _ORDERS.get(kind, -1)
        if order == 0 and key not in known:
            fits = split_member(member.name)[0] == folder
            known.add(key)
        else:
            fits = key == last and order > last_order
        if not fits:
            split_member(member.name)  # says what no member is called
            raise ValueError(f"{member.name} is of another sequence or out of order")
        last, last_order = key, order
    if len(known) != index.frames:
        raise ValueError(f"it has {len(known)} frames and says {index.frames}")
