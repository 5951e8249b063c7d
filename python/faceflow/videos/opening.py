"""Opening a video with PyAV, which is imported where a video is met and not before."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from faceflow.files import os_reason
from faceflow.types import MOST_PIXELS

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# What a file is, is told by its content: a playlist called T1.mp4 must not open other files.
_CONTAINERS = {"format_whitelist": "mov,mp4,matroska,webm,avi", "protocol_whitelist": "file"}

# With "explode" the decoder gives up a damaged frame, where it would else fill it in.
_DECODING = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}


class UnreadableError(Exception):
    """A video, or a frame of one, cannot be read; the message is what follows its name.

    Parameters
    ----------
    why
        What was found.
    cut
        Whether that is the end of the file, where there should be more.
    """

    def __init__(self, why: str, cut: bool = False) -> None:
        super().__init__(f"is cut short: {why}" if cut else f"cannot be read: {why}")
        self.reason = "truncated_image" if cut else "unreadable_image"


class VideoFile(NamedTuple):
    """A video at one time: another if it was written to since."""

    path: Path
    size: int
    changed: int


class Opened(NamedTuple):
    """A video that is open at its beginning."""

    container: InputContainer
    stream: VideoStream


def file_of(path: Path) -> VideoFile:
    """The file as it is now.

    Raises
    ------
    UnreadableError
        There is none, or it is no regular file.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = os_reason(error) if isinstance(error, OSError) else str(error)
        raise UnreadableError(why) from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("Not a regular file")
    return VideoFile(path, status.st_size, status.st_mtime_ns)


def open_video(path: Path) -> Opened:
    """Open a video and its best video stream, which one thread will decode.

    Raises
    ------
    UnreadableError
        It is no video, has no video stream or one that cannot be decoded, or declares frames larger
        than images may be.
    """
    try:
        import av
    except ImportError as error:
        raise UnreadableError("videos need PyAV: pip install 'faceflow[video]'") from error
    try:
        # With "file:", no name is taken for the address of something else.
        container = av.open(
            f"file:{os.fspath(path)}",
            options=_DECODING,
            container_options=_CONTAINERS,
            metadata_errors="replace",
        )
    except av.FFmpegError as error:
        raise UnreadableError(reason_of(error)) from error
    try:
        return Opened(container, _stream(container))
    except BaseException:
        container.close()
        raise


def reason_of(error: Exception) -> str:
    """Why FFmpeg refused, without the path."""
    return getattr(error, "strerror", None) or type(error).__name__


def _stream(container: InputContainer) -> VideoStream:
    from av.video.stream import VideoStream

    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise UnreadableError("it has no video stream")
    context = stream.codec_context
    if context is None:
        raise UnreadableError("FFmpeg has no decoder for its video stream")
    if not 0 < context.width * context.height <= MOST_PIXELS:  # FFmpeg gives 0 for too many
        limit = f"at most {MOST_PIXELS} pixels are taken"
        raise UnreadableError(f"its frames have no size, or too large a one: {limit}")
    context.options = _DECODING
    context.thread_count = 1  # frames are shared out over threads, not each frame
    return stream
