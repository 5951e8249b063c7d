"""A video that is open, and where in it decoding has come to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from faceflow.types import Image
from faceflow.videos.index import Entry, VideoIndex, place_of
from faceflow.videos.opening import UnreadableError, VideoFile, open_video
from faceflow.videos.pictures import NO_PICTURE, Picture, pictures
from faceflow.videos.pixels import as_image

_LOST = Picture(None, None, NO_PICTURE)

_NEAR = 8
"""Frames that are rather decoded than jumped over: to begin at a key frame costs about as much."""


class Decoder:
    """Gives the frames of a video, fast in their order, to one thread at a time.

    Raises
    ------
    UnreadableError
        The video cannot be opened.
    """

    def __init__(self, file: VideoFile, index: VideoIndex) -> None:
        from av.video.reformatter import VideoReformatter

        self.file = file
        self.at = -1
        """The number of the frame that it holds."""
        self._index = index
        self._held: Picture = _LOST
        self._ahead: tuple[int, Picture] | None = None
        self._fruitless: Entry | None = None
        """The key frame that was gone back to last, in vain."""
        self._reformatter = VideoReformatter()
        self._container, self._stream = open_video(file.path)
        self._begin()

    def close(self) -> None:
        """Give the file and the memory back."""
        self._container.close()

    def can_go_on(self, number: int) -> bool:
        """Whether going on is the way to a frame, rather than beginning at a key frame."""
        if self.at > number:
            return False
        return self._index.first_shown(self._index.entries(number)[0]) - self.at <= _NEAR

    def read(self, number: int) -> Image:
        """Decode a frame.

        Raises
        ------
        UnreadableError
            It is damaged or missing.
        """
        if number >= self._index.held:
            raise UnreadableError("the video ends before it", self._index.cut)
        if not self.can_go_on(number):
            self._enter(self._index.entries(number)[0])
        picture = self._forward(number)
        if picture.damage is not None or not self._at_key:
            picture = self._from_elsewhere(number, picture)
        if picture.damage is not None or picture.frame is None:
            raise UnreadableError(*(picture.damage or NO_PICTURE))
        return as_image(picture.frame, self._reformatter)

    def _from_elsewhere(self, number: int, picture: Picture) -> Picture:
        """Decode a frame that cannot be had this way from its key frame, or the one before.

        Damage may reach beyond the next key frame where decoding began before that; and what calls
        itself a key frame may be one only together with those after it, or not at all.
        """
        last, before = self._index.entries(number)
        if last == self._fruitless and self._at_key:
            return picture
        for entry in (last, before):
            if entry != self._entry:
                self._enter(entry)
                picture = self._forward(number)
            if picture.damage is None and self._at_key:
                return picture
        if not self._at_key:
            self._enter(None)
            picture = self._forward(number)
        self._fruitless = last
        return picture

    def _forward(self, number: int) -> Picture:
        """Decode up to a frame, and hold it."""
        while self.at < number:
            place, picture = self._ahead or self._next()
            self._ahead = None
            if place > number:  # the decoder has left the frame out
                self._ahead = place, picture
                place, picture = number, _LOST
            self.at, self._held = place, picture
        return self._held

    def _next(self) -> tuple[int, Picture]:
        for picture in self._pictures:
            if picture.frame is not None and self._entry and picture.time == self._entry.time:
                self._at_key = picture.frame.key_frame
            place = self._place(picture)
            if place is not None and place > self.at:
                return place, picture
        return self._index.held, _LOST

    def _place(self, picture: Picture) -> int | None:
        if picture.frame is None:
            return None
        if self._index.times is not None:
            return self._index.number_of(picture.time)
        self._counted += 1
        return self._counted - 1

    def _enter(self, entry: Entry | None) -> None:
        """Go to where a key frame is shown, or to the beginning."""
        if entry is None or not self._seek(entry):
            opened = open_video(self.file.path)
            self._container.close()
            self._container, self._stream = opened
            self._begin()

    def _begin(self) -> None:
        self._start(None, pictures(self._stream, self._container.demux(self._stream)))

    def _seek(self, entry: Entry) -> bool:
        """Go to a key frame; False where the file does not lead to it."""
        from av import FFmpegError

        try:
            self._container.seek(entry.time, stream=self._stream)
            packets = self._container.demux(self._stream)
            first = next(packets)
        except (FFmpegError, StopIteration):
            return False
        found = place_of(first)
        # In a damaged file, seeking may give packets other times than reading through it does.
        if found.time > entry.time or not self._index.has_entry(found):
            return False
        self._start(found, pictures(self._stream, chain([first], packets)))
        return True

    def _start(self, entry: Entry | None, following: Iterator[Picture]) -> None:
        self._entry, self._pictures = entry, following
        # What is shown before the key frame may build on frames that were not decoded.
        self.at = self._index.first_shown(entry) - 1
        self._at_key = entry is None
        self._held, self._ahead, self._counted = _LOST, None, 0
