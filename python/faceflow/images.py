"""Images: read, made smaller, encoded."""

from __future__ import annotations

import numpy as np

from faceflow import opencv, videos
from faceflow.errors import ArrayError, ConfigError, FrameError
from faceflow.files import StrPath, frame_name, os_reason, read_regular
from faceflow.image_checks import declared_size, impossible_size, missing_end
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Image, Size

# fmt: off
IMAGE_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".png", ".bmp", ".jp2", ".webp", ".pbm", ".pgm", ".ppm", ".pxm",
    ".tiff", ".tif", ".hdr", ".pic",
})
# fmt: on
"""Suffixes of frames, in lower case: compare with ``suffix.lower()``."""

JPEG_QUALITY = 95

_JPEG = b"\xff\xd8"
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_MOST_BYTES = 2**31 - 1  # what OpenCV takes in one buffer


def read_image(path: StrPath) -> Image:
    """Read an image as 8-bit colour; grey, 16-bit and alpha are converted.

    A rotation in EXIF is ignored: landmarks belong to the pixels as they are stored.

    Parameters
    ----------
    path
        A file of any format OpenCV decodes, whatever its suffix; or a frame of a video, see
        `faceflow.videos`.

    Returns
    -------
    image
        (H, W, 3) uint8, blue-green-red.

    Raises
    ------
    FrameError
        ``truncated_image`` for a file cut short, ``unreadable_image`` for any other that gives
        no image: missing, empty, a folder, not allowed, not an image.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.png")
    ...     _ = path.write_bytes(encode_image(np.zeros((4, 6), np.uint8), ".png"))
    ...     read_image(path).shape
    (4, 6, 3)
    """
    if of_video := videos.in_video(path):
        return videos.read_video_frame(*of_video)
    return decode_image(_read_bytes(path), frame_name(path))


def read_reduced(path: StrPath, least: Size) -> tuple[Image, Size]:
    """Read an image as `read_image` does; a JPEG of twice `least` or more at a part of its size.

    The decoder leaves out what is finer than that: in half of the time, and with other pixels than
    those of the whole image resized, by one or two grey levels in the mean.

    Parameters
    ----------
    path
        As for `read_image`.
    least
        (H, W) that the image must still have, at least.

    Returns
    -------
    image
        (H', W', 3) uint8, blue-green-red.
    size
        (H, W) of the image as it is stored.

    Raises
    ------
    FrameError
        As `read_image`.
    """
    data, name = _read_bytes(path), frame_name(path)
    stored = declared_size(data) if data.startswith(_JPEG) else None
    factor = 1 if stored is None else _reduction(stored, least)
    image = decode_image(data, name, _REDUCED[factor])
    return image, (image.shape[0], image.shape[1]) if factor == 1 or stored is None else stored


def _reduction(stored: Size, least: Size) -> int:
    """By what a JPEG may be divided: 8, 4, 2 or 1."""
    fits = (f for f in (8, 4, 2) if stored[0] >= f * least[0] and stored[1] >= f * least[1])
    return next(fits, 1)


def decode_image(data: bytes, name: str, flags: int = cv2.IMREAD_COLOR) -> Image:
    """Decode an image as `read_image` does; `name` is what errors call it."""
    if missing := missing_end(data):
        raise FrameError("truncated_image", f"{name} is cut short: {missing}")
    if too_many := impossible_size(data):
        raise _unreadable(name, too_many)
    image = _decode(data, flags)
    if image is None:
        raise _unreadable(name, f"OpenCV finds no image in its {len(data)} bytes")
    return image


def encode_image(image: Image, suffix: str) -> bytes:
    """Encode an image, JPEG at quality 95.

    Parameters
    ----------
    image
        (H, W, 3) uint8 blue-green-red, or (H, W) uint8 grey.
    suffix
        ``".jpg"``, ``".jpeg"`` or ``".png"``, in any case.

    Raises
    ------
    ArrayError
        Another shape or dtype, or more pixels than the format has room for.
    ConfigError
        Another suffix.

    Examples
    --------
    >>> import numpy as np
    >>> encode_image(np.zeros((4, 6, 3), np.uint8), ".jpg")[:2]
    b'\\xff\\xd8'
    """
    if suffix.lower() not in (".jpg", ".jpeg", ".png"):
        raise ConfigError(f"image suffix {suffix!r} is not taken: .jpg, .jpeg and .png are")
    _check_image(image)
    quality = [] if suffix.lower() == ".png" else [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    opencv.quiet()
    try:
        done, encoded = cv2.imencode(suffix.lower(), image, quality)
    except cv2.error:
        done = False
    if not done:
        raise ArrayError(f"image {image.shape} cannot be encoded as {suffix}")
    return encoded.tobytes()


def resize_image(image: Image, size: Size, out: Image | None = None) -> Image:
    """Resize an image: by area where no side grows, so that nothing aliases, else bilinearly.

    A point (x, y) of the image moves to ((x + 0.5) sx - 0.5, (y + 0.5) sy - 0.5).

    Parameters
    ----------
    image
        (H, W, 3) or (H, W) uint8.
    size
        (H, W) in pixels; an image of that size is returned as it is, not copied.
    out
        An image of that size to write to and return, C-contiguous.

    Raises
    ------
    ArrayError
        Another shape or dtype of image, or of `out`, or a size below 1.

    Examples
    --------
    >>> import numpy as np
    >>> resize_image(np.zeros((4, 6, 3), np.uint8), (2, 3)).shape
    (2, 3, 3)
    """
    _check_image(image)
    H, W = size
    if H < 1 or W < 1:
        raise ArrayError(f"size is {H}x{W} (HxW), sides of at least 1 are taken")
    if out is not None:
        _check_output(out, (H, W, *image.shape[2:]))
    if image.shape[:2] == (H, W):
        if out is None:
            return image
        out[:] = image
        return out
    shrinks = image.shape[0] >= H and image.shape[1] >= W
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return _as_image(cv2.resize(image, (W, H), out, interpolation=method))


def swap_colours(image: Image) -> Image:
    """Blue-green-red to red-green-blue, or back.

    Parameters
    ----------
    image
        (H, W, 3) uint8.

    Examples
    --------
    >>> import numpy as np
    >>> swap_colours(np.array([[[1, 2, 3]]], np.uint8)).tolist()
    [[[3, 2, 1]]]
    """
    return _as_image(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def _read_bytes(path: StrPath) -> bytes:
    try:
        data = read_regular(path, _MOST_BYTES)
    except OSError as error:
        raise _unreadable(frame_name(path), os_reason(error)) from error
    if not data:
        raise _unreadable(frame_name(path), "it is empty")
    return data


def _unreadable(name: str, why: str) -> FrameError:
    return FrameError("unreadable_image", f"{name} cannot be read: {why}")


def _decode(data: bytes, flags: int) -> Image | None:
    opencv.quiet()
    try:
        encoded = np.frombuffer(data, np.uint8)
        image = cv2.imdecode(encoded, flags | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    if image is None or image.dtype != np.uint8 or image.shape[2:] != (3,):
        return None
    return _as_image(image)


def _as_image(array: AnyArray) -> Image:
    """The array, whose dtype OpenCV's stubs leave open."""
    return array.astype(np.uint8, copy=False)


def _check_output(out: AnyArray, shape: tuple[int, ...]) -> None:
    """OpenCV writes to another array, without a word, where it cannot write to this one."""
    if out.dtype != np.uint8 or out.shape != shape or not out.flags.c_contiguous:
        raise ArrayError(f"out is {out.shape} {out.dtype}, {shape} uint8, C-contiguous, is taken")


def _check_image(image: AnyArray) -> None:
    if not isinstance(image, np.ndarray):
        raise ArrayError(f"image is a {type(image).__name__}, a numpy array is taken")
    fits = image.ndim in (2, 3) and image.shape[2:] in ((), (3,)) and image.size > 0
    if image.dtype != np.uint8 or not fits:
        raise ArrayError(
            f"image is {image.shape} {image.dtype}, (H, W, 3) or (H, W) uint8 is taken"
        )
