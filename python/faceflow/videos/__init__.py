"""Videos as sequences: any frame of one by its number, as if it were an image of a folder.

A frame has a path of its own, the video's with the frame's name under it
(``F001/T1.mp4/000017.frame``), so that whatever reads images reads frames too. No frame is kept: a
video is decoded as it is read, by decoders that stay open between calls (see `pool`).
"""

from __future__ import annotations

import os
from pathlib import Path

from faceflow.errors import FrameError
from faceflow.files import StrPath, frame_name, shown
from faceflow.types import Image
from faceflow.videos.names import frame_names, frame_number
from faceflow.videos.names import is_video as is_video
from faceflow.videos.opening import UnreadableError, file_of
from faceflow.videos.pool import index_of, this_process

_MOST_FRAMES = 999_999  # what names of six digits can tell apart


def video_frame_names(video: Path) -> tuple[str, ...]:
    """The names of a video's frames, ``000001.frame`` and on, in the order they are shown in.

    The video is read to its end, but decoded only where nothing else tells its frames.

    Raises
    ------
    FrameError
        It cannot be opened, has no frames or too many, or PyAV is not installed.
    """
    try:
        frames = index_of(file_of(video)).frames
        if frames > _MOST_FRAMES:
            raise UnreadableError(f"it has {frames} frames, at most {_MOST_FRAMES} are taken")
    except UnreadableError as error:
        raise FrameError(error.reason, f"{shown(video.name)} {error}") from error
    return frame_names(frames)


def in_video(path: StrPath) -> tuple[Path, int] | None:
    """The video that a path leads into and the frame's number from 0; None for any other path.

    Examples
    --------
    >>> in_video("F001/T1/000017.png") is None
    True
    """
    video, name = os.path.split(path)
    number = frame_number(name)
    # A folder may be called T1.mp4 too.
    if number is None or not is_video(os.path.basename(video)) or not os.path.isfile(video):  # noqa: PTH113, PTH119 - asked of every image
        return None
    return Path(video), number


def read_video_frame(video: Path, number: int) -> Image:
    """Decode one frame, by its number from 0.

    Frames that are asked for in order are decoded once each. The matrix and the range of the
    colours are those that the video states, else BT.601 and limited; a rotation in its metadata is
    ignored, as one in EXIF is.

    Returns
    -------
    image
        (H, W, 3) uint8, blue-green-red.

    Raises
    ------
    FrameError
        ``truncated_image`` where the file ends before the frame does, else ``unreadable_image``.
    """
    try:
        return this_process().read(file_of(video), number)
    except UnreadableError as error:
        name = frame_name(video / frame_names(number + 1, number)[0])
        raise FrameError(error.reason, f"{name} {error}") from error
