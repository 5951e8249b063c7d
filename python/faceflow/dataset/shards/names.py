"""What shards and their members are called, and how many frames a shard holds."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from faceflow.errors import DatasetError
from faceflow.files import shown
from faceflow.types import Size

SHARD_MB = 256
"""Megabytes (2**20 bytes) that a shard comes to, about, unless another size is asked for."""

MOST_SHARD_MB = 2**20

KINDS = (
    "json",
    "jpg",
    "png",
    "landmarks.npy",
    "triangles.npy",
    "flow.npy",
    "flow_backward.npy",
)
"""What follows the key in a member's name, in the order of a sample's members."""

# Bytes of an encoded pixel of a face, and of the rest of a frame: JSON, landmarks, triangles,
# headers.
_PIXEL_BYTES = {"jpg": 0.25, "png": 1.5}
_FLOW_BYTES = 4.0
_BESIDE_PIXELS = 6000
_MOST_FRAMES = 4096

UNIT = 32
"""A full shard has a multiple of so many frames, so that runs can make it in parts."""

_PART = r"[A-Za-z0-9_~%-]+"
_MEMBER = re.compile(rf"({_PART}/{_PART}/)({_PART})\.({'|'.join(map(re.escape, KINDS))})", re.ASCII)


def escape(name: str) -> str:
    """A name as a part of a key: every byte but letters, digits, ``_``, ``-``, ``~`` as ``%XX``.

    WebDataset ends a key at the first dot, so dots are among them.

    Raises
    ------
    DatasetError
        A name that no file can have.

    Examples
    --------
    >>> escape("005.v1"), escape("a b"), escape("é")
    ('005%2Ev1', 'a%20b', '%C3%A9')
    """
    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise DatasetError(f"{shown(name)} cannot be the name of a file") from error
    return quote_from_bytes(data, safe="").replace(".", "%2E")


def unescape(part: str) -> str:
    """The name that `escape` made a part of a key of.

    Examples
    --------
    >>> unescape("005%2Ev1")
    '005.v1'
    """
    return unquote_to_bytes(part).decode("utf-8", "surrogateescape")


def folder_of(subject: str, sequence: str) -> str:
    """What the names of all members of a sequence begin with.

    Examples
    --------
    >>> folder_of("F001", "T.1")
    'F001/T%2E1/'
    """
    return f"{escape(subject)}/{escape(sequence)}/"


def split_member(name: str) -> tuple[str, str, str]:
    """A member's folder, frame and kind.

    Raises
    ------
    DatasetError
        A name that no member has.

    Examples
    --------
    >>> split_member("F001/T1/005%2Ev1.landmarks.npy")
    ('F001/T1/', '005.v1', 'landmarks.npy')
    """
    match = _MEMBER.fullmatch(name)
    frame = unescape(match[2]) if match else ""
    # Frames become file names again, which no slash may lead out of their folder.
    if match is None or escape(frame) != match[2] or "/" in frame or "\0" in frame:
        raise DatasetError(f"{name!a:.200} is the name of no member")
    return match[1], frame, match[3]


def shard_path(records: Path, number: int) -> Path:
    """A sequence's shard, beside its record.

    Examples
    --------
    >>> shard_path(Path("F001/T1"), 3).as_posix()
    'F001/T1/shard-000003.tar'
    """
    return records / f"shard-{number:06}.tar"


def index_path(shard: Path) -> Path:
    """The index beside a shard."""
    return shard.with_suffix(".json")


def frames_per_shard(
    size: Size | None,
    image_format: str = "jpg",
    flows: int = 0,
    megabytes: int = SHARD_MB,
    unit: int = UNIT,
) -> int:
    """How many frames a shard holds, known before any is encoded.

    It comes to `megabytes` for frames that take 1/4 byte a pixel as JPEG and 1 1/2 as PNG, as
    pictures of faces do; a picture with more detail makes it larger. There are 4,096 at most, so
    that an index stays small.

    Parameters
    ----------
    size
        (H, W) of the frames; None where none can be read.
    image_format
        ``jpg`` or ``png``.
    flows
        Flow fields stored with each frame, 4 bytes a pixel each.
    megabytes
        Of the shard, about.
    unit
        The number is a multiple of this one.

    Examples
    --------
    >>> frames_per_shard((512, 384)), frames_per_shard((512, 384), flows=1)
    (4096, 288)
    """
    H, W = size or (0, 0)
    frame = H * W * (_PIXEL_BYTES[image_format] + _FLOW_BYTES * flows) + _BESIDE_PIXELS
    return max(1, min(int(megabytes * 2**20 / frame), _MOST_FRAMES) // unit) * unit


def shard_ranges(frames: int, per_shard: int) -> list[range]:
    """The numbers of the frames of each shard of a sequence.

    Examples
    --------
    >>> shard_ranges(5, 2)
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return [range(i, min(i + per_shard, frames)) for i in range(0, frames, per_shard)]
