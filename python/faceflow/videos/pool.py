"""The decoders that this process keeps open, and the indices that it remembers."""

from __future__ import annotations

import functools
import os
import threading

from faceflow.types import Image
from faceflow.videos.decoder import Decoder
from faceflow.videos.index import VideoIndex, make_index
from faceflow.videos.opening import UnreadableError, VideoFile

_SPARE = 4
"""Decoders that are kept beside those that threads are reading with."""


def this_process() -> DecoderPool:
    """This process's pool: a file that is open must not be shared with a forked one."""
    return _pool_of(os.getpid())


@functools.lru_cache(maxsize=32)
def index_of(file: VideoFile) -> VideoIndex:
    """The index of a video, made anew once it has changed.

    Raises
    ------
    UnreadableError
        See `make_index`.
    """
    return make_index(file.path)


class DecoderPool:
    """Decoders that stay open where they have come to, for whoever goes on from there.

    Each thread has one of its own while it reads, so that two threads that read different parts of
    a video do not draw one decoder to and fro. Those that a thread has left serve any, and the
    oldest are closed: never are more open than threads that read, and a few.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Decoder] = []
        """The one that was used last is at the end."""
        self._of_thread: dict[int, Decoder] = {}

    def read(self, file: VideoFile, number: int) -> Image:
        """Decode a frame.

        Raises
        ------
        UnreadableError
            See `Decoder.read`.
        """
        decoder = self._take(file, number) or Decoder(file, index_of(file))
        try:
            image = decoder.read(number)
        except UnreadableError:
            self._give_back(decoder)
            raise
        except BaseException:
            decoder.close()
            raise
        self._give_back(decoder)
        return image

    def _take(self, file: VideoFile, number: int) -> Decoder | None:
        """The decoder that is nearest before a frame, or one that nobody reads with."""
        with self._lock:
            mine = self._of_thread.pop(threading.get_ident(), None)
            others = self._of_thread.values()
            free = [d for d in self._idle if d.file == file and d not in others]
            near = [d for d in free if d.can_go_on(number)]
            left = [d for d in free if d is not mine]
            taken = max(near, key=lambda d: d.at) if near else next(iter(left), None)
            if taken is not None:
                self._idle.remove(taken)
            return taken

    def _give_back(self, decoder: Decoder) -> None:
        with self._lock:
            self._idle.append(decoder)
            self._of_thread[threading.get_ident()] = decoder
            living = {thread.ident for thread in threading.enumerate()}
            self._of_thread = {t: d for t, d in self._of_thread.items() if t in living}
            spare = [d for d in self._idle if d not in self._of_thread.values()]
            for old in spare[:-_SPARE]:
                self._idle.remove(old)
                old.close()


@functools.cache
def _pool_of(process: int) -> DecoderPool:
    return DecoderPool()
