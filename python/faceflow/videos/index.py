"""Which frames a video has, and where decoding can begin: known without decoding, mostly."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceflow.files import open_regular, os_reason
from faceflow.types import AnyArray
from faceflow.videos.cut import ends_early
from faceflow.videos.opening import Opened, UnreadableError, open_video
from faceflow.videos.pictures import pictures

if TYPE_CHECKING:
    from av.video.stream import VideoStream

    from faceflow.videos.pictures import VideoPacket

_TRIED = 8
"""Packets at the beginning that are decoded, to see whether they tell the frames."""


@dataclass(frozen=True, eq=False)
class VideoIndex:
    """The frames of a video, numbered from 0 as they are shown."""

    frames: int
    """How many there are, also those that are known to be missing at the end."""
    held: int
    """How many of them the file holds."""
    cut: bool
    """Whether the file ends early."""
    times: AnyArray | None = None
    """(held,) int64, rising: when each is shown, in the stream's units; None where packets do not
    tell, so that frames can only be counted as they are decoded."""
    keys: AnyArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64, rising: when the key frames are shown."""

    def entries(self, number: int) -> list[int | None]:
        """The times of key frames to decode a frame from, the best first; None is the beginning.

        A frame that cannot be had from the last key frame may be from the one before: some that
        call themselves key frames are so only in part.
        """
        if self.times is None:
            return [None]
        last = int(np.searchsorted(self.keys, self.times[number], "right")) - 1
        return [int(self.keys[i]) for i in (last, last - 1) if i > 0] + [None]

    def first_shown(self, entry: int | None) -> int:
        """The first frame that can be had from an entry."""
        if entry is None or self.times is None:
            return 0
        return int(np.searchsorted(self.times, entry))

    def number_of(self, time: int | None) -> int | None:
        """The frame shown at a time; None if there is none."""
        if self.times is None or time is None:
            return None
        number = int(np.searchsorted(self.times, time))
        return number if number < self.held and self.times[number] == time else None


def make_index(path: Path) -> VideoIndex:
    """List a video's packets; decode it where they do not tell its frames.

    Raises
    ------
    UnreadableError
        It cannot be opened, or has no frames.
    """
    opened = open_video(path)
    with opened.container:
        listing = _list(opened)
        told = listing.tells_order() and _shows_each(opened.stream, listing.head)
    cut = _is_cut(path)
    missing = listing.missing() if cut else 0
    if told:
        times = np.sort(np.array(listing.times, np.int64))
        keys = np.sort(np.array(listing.keys, np.int64))
        index = VideoIndex(len(times) + missing, len(times), cut, times, keys)
    else:
        held, lost = _count(path)
        lost = min(lost, max(0, listing.shown - held))
        index = VideoIndex(held + lost + missing, held, cut)
    if not index.held:
        raise UnreadableError("no frame is found in it", cut)
    return index


@dataclass
class _Listing:
    """What the packets of a video say."""

    declared: int
    reorders: bool
    times: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("q"))
    head: list[VideoPacket] = field(default_factory=list)
    packets: int = 0
    shown: int = 0
    ends_within: bool = False

    def add(self, packet: VideoPacket) -> None:
        self.packets += 1
        self.ends_within = packet.is_corrupt
        if len(self.head) < _TRIED:
            self.head.append(packet)
        if packet.is_keyframe and packet.pts is not None:
            self.keys.append(packet.pts)
        if packet.is_discard:  # it precedes what an edit list shows
            return
        self.shown += 1
        if packet.pts is not None:
            self.times.append(packet.pts)

    def tells_order(self) -> bool:
        """Whether each frame has a time of its own."""
        times = np.frombuffer(self.times, np.int64) if self.times else np.zeros(0, np.int64)
        return len(times) == self.shown == len(np.unique(times)) and not self.reorders

    def missing(self) -> int:
        """How many frames a file lacks that was cut short: one at least where it does not say."""
        if self.declared:
            return max(0, self.declared - self.packets)
        return 0 if self.ends_within else 1


def _list(opened: Opened) -> _Listing:
    from av import FFmpegError

    container, stream = opened
    # AVI has no times of presentation: those that FFmpeg makes up for B-frames may be wrong.
    reorders = container.format.name == "avi" and stream.codec_context.has_b_frames
    listing = _Listing(stream.frames, reorders)
    try:
        for packet in container.demux(stream):
            if packet.size > 0:
                listing.add(packet)
    except FFmpegError:  # what follows cannot be had
        pass
    return listing


def _shows_each(stream: VideoStream, head: list[VideoPacket]) -> bool:
    """Whether the first packets give a frame each, as those of single fields do not."""
    shown = list(pictures(stream, iter(head)))
    if any(picture.damage or picture.frame is None for picture in shown):
        return True  # nothing can be told from damaged ones
    times = sorted(p.pts for p in head if p.pts is not None and not p.is_discard)
    return [picture.time for picture in shown] == times


def _count(path: Path) -> tuple[int, int]:
    """How many frames decoding gives, and how many packets failed."""
    opened = open_video(path)
    with opened.container:
        counts = [0, 0]
        for picture in pictures(opened.stream, opened.container.demux(opened.stream)):
            counts[picture.frame is None] += 1
    return counts[0], counts[1]


def _is_cut(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return ends_early(file)
    except OSError as error:
        raise UnreadableError(os_reason(error)) from error
