"""What videos and their frames are called."""

from __future__ import annotations

from pathlib import PurePath

VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov"})
"""Suffixes of videos, in lower case: compare with ``suffix.lower()``."""

_FRAME_SUFFIX = ".frame"
_DIGITS = 6


def is_video(name: str) -> bool:
    """Whether a file's name is that of a video: a known suffix, not hidden.

    Examples
    --------
    >>> is_video("T1.MP4"), is_video("._T1.mp4"), is_video("T1")
    (True, False, False)
    """
    return not name.startswith(".") and PurePath(name).suffix.lower() in VIDEO_SUFFIXES


def frame_names(stop: int, start: int = 0) -> tuple[str, ...]:
    """The names of frames by their numbers from 0; the names count from 1.

    Examples
    --------
    >>> frame_names(2)
    ('000001.frame', '000002.frame')
    """
    return tuple(f"{i + 1:0{_DIGITS}}{_FRAME_SUFFIX}" for i in range(start, stop))


def frame_number(name: str) -> int | None:
    """A frame's number from 0 by its name; None for other names.

    Examples
    --------
    >>> frame_number("000017.frame"), frame_number("000017.png")
    (16, None)
    """
    digits = name.removesuffix(_FRAME_SUFFIX)
    is_name = name != digits and len(digits) == _DIGITS and digits.isascii() and digits.isdigit()
    return int(digits) - 1 if is_name and int(digits) > 0 else None
