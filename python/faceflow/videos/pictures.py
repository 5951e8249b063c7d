"""What a decoder gives for the packets of a video, and which of it is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    VideoPacket: TypeAlias = Packet[VideoStream]


class Damage(NamedTuple):
    """Why a frame is not to be used: the arguments of `UnreadableError`."""

    why: str
    cut: bool = False


class Picture(NamedTuple):
    """What the decoder gave for a packet."""

    time: int | None
    """Its presentation time in the stream's units, which tells whose it is."""

    frame: VideoFrame | None
    """None where a packet could not be decoded; its frame may come nonetheless, filled in."""

    damage: Damage | None = None


_DAMAGED = Damage("it or a frame that it builds on is damaged")
_CUT = Damage("the video ends within it or a frame that it builds on", cut=True)

_MOST_AWAITED = 64
"""Packets that a decoder may have taken since the one whose frame it gives; none waits so long."""

NO_PICTURE = Damage("the decoder gives no picture for it")


def pictures(
    stream: VideoStream, packets: Iterator[VideoPacket], to_end: bool = True
) -> Iterator[Picture]:
    """Decode packets; frames come in the order they are shown in, `to_end` with the last ones too.

    From a packet that cannot be decoded up to the next key frame all is damaged, as what is built
    on it may be. So a frame is the same, or is damaged, from whatever key frame decoding began.
    """
    from av import FFmpegError

    damages = _Damages()
    for packet in chain(_sound(packets), [None] if to_end else []):
        try:
            frames, failed = stream.decode(packet), False
        except FFmpegError:
            frames, failed = [], packet is not None and packet.size > 0
        if packet is not None:
            damages.note(packet, failed)
            if failed:
                yield Picture(packet.pts, None)
        for frame in frames:
            yield Picture(frame.pts, frame, damages.of(frame))


def _sound(packets: Iterator[VideoPacket]) -> Iterator[VideoPacket]:
    """The packets that hold something, as far as the file can be read."""
    from av import FFmpegError

    try:
        for packet in packets:
            if packet.size > 0:
                yield packet
    except FFmpegError:
        return


class _Damages:
    """Which of the frames that are being decoded are damaged."""

    def __init__(self) -> None:
        self._now: Damage | None = None
        self._leading: Damage | None = None
        self._key: int | None = None
        self._awaited: dict[int | None, Damage] = {}

    def note(self, packet: VideoPacket, failed: bool) -> None:
        """A packet was given to the decoder, which may have failed."""
        if packet.is_keyframe:
            self._leading, self._now, self._key = self._now, None, packet.pts
        leads = self._leads(packet)
        if failed or packet.is_corrupt:
            damage = _CUT if packet.is_corrupt else _DAMAGED
            self._leading, self._now = damage, self._now if leads else damage
        if known := self._now or (self._leading if leads else None):
            self._awaited[packet.pts] = known
            if len(self._awaited) > _MOST_AWAITED:
                del self._awaited[next(iter(self._awaited))]

    def _leads(self, packet: VideoPacket) -> bool:
        """Whether it is shown before the key frame that it follows.

        Then it may build on what was before that key frame, and only its like build on it.
        """
        return packet.pts is not None and self._key is not None and packet.pts < self._key

    def of(self, frame: VideoFrame) -> Damage | None:
        """What is known of a frame that was decoded."""
        return self._awaited.pop(frame.pts, _DAMAGED if frame.is_corrupt else None)
