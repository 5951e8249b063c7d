"""Which frames a video has, and where decoding can begin: known without decoding, mostly."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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


class Entry(NamedTuple):
    """A key frame, where decoding can begin."""

    time: int
    """When it is shown, in the stream's units."""

    position: int
    """The byte of the file where its packet lies."""


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
    keys: AnyArray = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """(K, 2) int64, rising: when each key frame is shown, and the byte where its packet lies."""

    def entries(self, number: int) -> tuple[Entry | None, Entry | None]:
        """The last key frame to decode a frame from, and the one before; None is the beginning."""
        if self.times is None or number >= self.held:
            return None, None
        last = int(np.searchsorted(self.keys[:, 0], self.times[number], "right")) - 1
        return self._entry(last), self._entry(last - 1)

    def _entry(self, key: int) -> Entry | None:
        return Entry(*self.keys[key].tolist()) if key > 0 else None

    def has_entry(self, entry: Entry) -> bool:
        """Whether there is such a key frame, at the same place of the file."""
        key = int(np.searchsorted(self.keys[:, 0], entry.time))
        return key < len(self.keys) and Entry(*self.keys[key].tolist()) == entry

    def first_shown(self, entry: Entry | None) -> int:
        """The first frame that can be had from an entry."""
        if entry is None or self.times is None:
            return 0
        return int(np.searchsorted(self.times, entry.time))

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
    cut = _is_cut(path) and not listing.is_whole()
    missing = listing.missing() if cut else 0
    if told:
        times = listing.times_before_cut() if cut else listing.times
        keys = np.array(listing.keys, np.int64).reshape(-1, 2)
        index = VideoIndex(
            listing.shown + missing,
            len(times),
            cut,
            np.sort(np.array(times, np.int64)),
            keys[np.argsort(keys[:, 0])],
        )
    else:
        held, failed = _count(path, cut)
        lost = max(0, listing.shown - held) if cut else min(failed, max(0, listing.shown - held))
        index = VideoIndex(held + lost + missing, held, cut)
    if not index.held:
        raise UnreadableError("no frame is found in it", cut)
    return index


def place_of(packet: VideoPacket) -> Entry:
    """Where decoding begins with a key frame's packet."""
    return Entry(*(-1 if one is None else one for one in (packet.pts, packet.pos)))


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
    last_decoded: int | None = None

    def add(self, packet: VideoPacket) -> None:
        self.packets += 1
        self.ends_within = packet.is_corrupt
        self.last_decoded = packet.dts
        if len(self.head) < _TRIED:
            self.head.append(packet)
        if packet.is_keyframe and packet.pts is not None:
            self.keys.extend(place_of(packet))
        if packet.is_discard:  # it precedes what an edit list shows
            return
        self.shown += 1
        if packet.pts is not None:
            self.times.append(packet.pts)

    def tells_order(self) -> bool:
        """Whether each frame has a time of its own."""
        times = np.frombuffer(self.times, np.int64) if self.times else np.zeros(0, np.int64)
        return len(times) == self.shown == len(np.unique(times)) and not self.reorders

    def times_before_cut(self) -> array[int]:
        """The times of frames that no frame can be missing before.

        Frames are shown no earlier than they are decoded: those that are missing come after what
        was decoded last.
        """
        last = self.last_decoded
        return array("q", (time for time in self.times if last is None or time <= last))

    def is_whole(self) -> bool:
        """Whether there are as many packets as the file declares."""
        return 0 < self.declared <= self.packets and not self.ends_within

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


def _count(path: Path, cut: bool) -> tuple[int, int]:
    """How many frames decoding gives, and how many packets failed.

    Of a file that was cut short, frames that the decoder still waits with do not count: others may
    be missing before them.
    """
    container, stream = open_video(path)
    with container:
        counts = [0, 0]
        for picture in pictures(stream, container.demux(stream), to_end=not cut):
            counts[picture.frame is None] += 1
    return counts[0], counts[1]


def _is_cut(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return ends_early(file)
    except OSError as error:
        raise UnreadableError(os_reason(error)) from error
