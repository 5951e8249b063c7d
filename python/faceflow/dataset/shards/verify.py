"""Whether a shard is, byte for byte, what its index says."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

from faceflow.dataset.shards.index import BLOCK, Member, ShardIndex, read_index
from faceflow.dataset.shards.write import tar_end, tar_header
from faceflow.errors import DatasetError
from faceflow.files import open_regular, os_reason, shown

_PIECE = 2**20


def verify_shard(path: Path) -> list[str]:
    """What is wrong with a shard, a line each; nothing of one that is sound.

    Every byte of the file is looked at: the headers have to be those that the members' names and
    sizes give, the members have to have their SHA-256, and all between them has to be zero.

    Examples
    --------
    >>> verify_shard(Path("none.tar"))
    ['none.json cannot be read: No such file or directory']
    """
    try:
        index = read_index(path)
        with open_regular(path) as file:
            found = os.fstat(file.fileno()).st_size
            if found != index.bytes:
                return [f"{shown(path)} has {found} bytes, by its index {index.bytes}"]
            return [f"{shown(path)}: {what}" for what in _problems(file, index)]
    except DatasetError as error:
        return [str(error)]
    except OSError as error:
        return [f"{shown(path)} cannot be read: {os_reason(error)}"]


def _problems(file: io.BufferedReader, index: ShardIndex) -> Iterator[str]:
    position = 0
    for member in index.members:
        header = tar_header(member.name, member.size)
        if position + len(header) != member.offset:
            yield f"{member.name} should begin at {position + len(header)}, not {member.offset}"
            return
        if file.read(len(header)) != header:
            yield f"the header of {member.name} is another"
        yield from _data_problems(file, member)
        position = member.offset + member.size + -member.size % BLOCK
    end = tar_end(position)
    if file.read(len(end) + 1) != end:
        yield f"it does not end as a tar file does after {position} bytes"


def _data_problems(file: io.BufferedReader, member: Member) -> Iterator[str]:
    digest, left = hashlib.sha256(), member.size
    while left and (piece := file.read(min(left, _PIECE))):
        digest.update(piece)
        left -= len(piece)
    if digest.hexdigest() != member.sha256:
        yield f"{member.name} has the SHA-256 {digest.hexdigest()}, not {member.sha256}"
    if file.read(-member.size % BLOCK).strip(b"\0"):
        yield f"what fills up {member.name} is not zero"
