"""Frames as OpenFace takes them: under safe names, in order, in a folder of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from faceflow import png
from faceflow.errors import FrameError
from faceflow.files import open_regular
from faceflow.images import read_image, resize_image
from faceflow.landmarks.detector import Frame, FrameFound
from faceflow.landmarks.openface.orientation import is_upright
from faceflow.opencv import cv2
from faceflow.sequences import SequenceFolder
from faceflow.types import Image, Size

FRAMES = "frames"
"""The folder that OpenFace finds the frames in; it names a sequence's CSV after it."""

_GREY, _COLOUR = 0, 2
_BMP_BITS = slice(28, 30)


class Item(NamedTuple):
    """A frame that OpenFace is to look at, and the sequence it is of."""

    folder: SequenceFolder
    frame: Frame

    wanted: bool = True
    """Whether its faces are asked for; if not, it is there for the sake of those after it."""


class Staged(NamedTuple):
    """A frame that lies ready."""

    item: Item

    name: str
    """Its file's; names sort in the order of the frames."""

    size: Size
    """(H, W) of the image as it is stored."""

    seen: Size
    """(H, W) of what OpenFace sees."""

    @property
    def stem(self) -> str:
        """What the names of OpenFace's files begin with."""
        return Path(self.name).stem


class Staging(NamedTuple):
    """What became of frames that were to lie ready; cut short where the run was stopped."""

    staged: list[Staged]
    """Those that do, in order."""

    refused: list[FrameFound]
    """The wanted ones that cannot be read, with the reason."""

    left: list[Item]
    """Those that there was no room for."""


def stage(
    items: Sequence[Item],
    folder: Path,
    resize: Size | None,
    room: float,
    stopped: Callable[[], bool],
) -> Staging:
    """Lay frames ready in a new folder, by links where OpenFace sees the pixels that we see.

    Frames of a video are no files that could be linked.

    Each is decoded first: OpenFace would stop at one that cannot be. Where copies would take more
    bytes than there is `room` for, the frames from there on are left; the first never is.
    """
    folder.mkdir()
    staging = Staging([], [], [])
    for number, item in enumerate(items):
        if stopped():
            break
        try:
            image = read_image(item.frame.image)
        except FrameError as error:
            staging.refused.extend([FrameFound(item.frame, error)] if item.wanted else [])
            continue
        seen = image if resize is None else resize_image(image, resize)
        suffix = _plain_suffix(item.frame.image) if seen is image else None
        copy = _as_bmp(seen) if suffix is None else b""
        room -= len(copy)
        if room < 0 and staging.staged:
            staging.left.extend(items[number:])
            break
        name = f"{len(staging.staged) + 1:06}{suffix or '.bmp'}"
        _lay(item.frame.image.resolve(), folder / name, copy)
        staging.staged.append(Staged(item, name, image.shape[:2], seen.shape[:2]))
    return staging


def _plain_suffix(path: Path) -> str | None:
    """The suffix of a file that OpenFace reads as it is, told by its content; None of any other.

    OpenFace may turn an image by its EXIF, and landmarks belong to the pixels as they are stored.
    16 bits, alpha and palettes are left to our own reader too.
    """
    try:
        with open_regular(path) as file:
            data = file.read()
    except OSError:
        return None
    if not is_upright(data):
        return None
    if data.startswith(b"\xff\xd8"):
        return ".jpg"
    if data.startswith(b"BM"):
        return ".bmp" if int.from_bytes(data[_BMP_BITS], "little") == 24 else None
    header = png.header(data)
    plain = header is not None and header.depth == 8 and header.colour in (_GREY, _COLOUR)
    return ".png" if plain else None


def _as_bmp(image: Image) -> bytes:
    _, encoded = cv2.imencode(".bmp", image)
    return encoded.tobytes()


def _lay(image: Path, path: Path, copy: bytes) -> None:
    """Write the copy, or give the file another name: at best a hard link, which none mistakes."""
    if copy:
        path.write_bytes(copy)
        return
    for link in (os.link, os.symlink):
        with contextlib.suppress(OSError):
            link(image, path)
            return
    shutil.copyfile(image, path)
