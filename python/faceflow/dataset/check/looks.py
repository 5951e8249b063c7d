"""What each kind of file has to be, as far as that shows without decoding it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from faceflow import png
from faceflow.dataset.check.inside import Look
from faceflow.errors import DatasetError
from faceflow.flowio import format_of
from faceflow.image_checks import declared_size, missing_end
from faceflow.landmarks.openface_csv import encode_image_csv, read_image_csv
from faceflow.types import Size

_BYTES_PER_PIXEL, _BESIDE = 16, 2**21
_GREY, _COLOUR = 0, 2


class Looks:
    """The looks at the files of a sequence whose images have this size.

    Parameters
    ----------
    size
        (H, W); None where the record has none.
    image_format
        ``jpg`` or ``png``.
    """

    def __init__(self, size: Size | None, image_format: str) -> None:
        self._size = size
        self._image_format = image_format

    def image(self, file: io.BufferedReader, size: int, name: str) -> None:
        """A whole JPEG or PNG."""
        check_image(self._bytes(file, size, name), self._image_format, self._size, name)

    def mask(self, file: io.BufferedReader, size: int, name: str) -> None:
        """A whole PNG of 8-bit grey."""
        _check_png(self._bytes(file, size, name), _GREY, self._size, name)

    def picture(self, file: io.BufferedReader, size: int, name: str) -> None:
        """A whole PNG of 8-bit colour."""
        _check_png(self._bytes(file, size, name), _COLOUR, self._size, name)

    def flow(self, file: io.BufferedReader, size: int, name: str) -> None:
        """A whole flow file."""
        self._check_length(size, name)
        _check_size(format_of(file.name).measure(file, size, name), self._size, name)

    def landmarks(self, path: Path, counted: Callable[[int], None]) -> Look:
        """One face as the writer writes it; the number of its points is told."""

        def look(file: io.BufferedReader, size: int, name: str) -> None:
            data = self._bytes(file, size, name)
            faces = read_image_csv(path)
            if len(faces) != 1:
                raise DatasetError(f"{name} has {len(faces)} faces, a frame of a dataset has one")
            if encode_image_csv(faces) != data:
                raise DatasetError(f"{name} is not written as faceflow writes landmarks")
            counted(len(faces[0].landmarks))

        return look

    def _bytes(self, file: io.BufferedReader, size: int, name: str) -> bytes:
        self._check_length(size, name)
        if size == 0:
            raise DatasetError(f"{name} is empty")
        return file.read()

    def _check_length(self, size: int, name: str) -> None:
        H, W = self._size or (0, 0)
        most = H * W * _BYTES_PER_PIXEL + _BESIDE
        if self._size is not None and size > most:
            raise DatasetError(f"{name} has {size} bytes, {H}x{W} pixels take at most {most}")


def check_image(data: bytes, image_format: str, size: Size | None, name: str) -> None:
    """Refuse what is no whole image of a format and size.

    Raises
    ------
    DatasetError
        In one line that begins with `name`.
    """
    if image_format == "png":
        _check_png(data, _COLOUR, size, name)
        return
    if not data.startswith(b"\xff\xd8"):
        raise DatasetError(f"{name} is no JPEG: it begins with {data[:8]!r}")
    if missing := missing_end(data):
        raise DatasetError(f"{name} is cut short: {missing}")
    found = declared_size(data)
    if found is None:
        raise DatasetError(f"{name} is damaged: it has no frame header")
    _check_size(found, size, name)


def _check_png(data: bytes, colour: int, size: Size | None, name: str) -> None:
    header = png.header(data)
    if header is None:
        raise DatasetError(f"{name} is no PNG: it begins with {data[:8]!r}")
    deflated, kind, end = 0, b"", 0
    for chunk in png.walk(data):
        kind, end = chunk.kind, chunk.end
        if not chunk.is_right():
            raise DatasetError(f"{name} is damaged: wrong CRC of its {kind!r} chunk")
        deflated += len(chunk.body) if kind == b"IDAT" else 0
    if kind != b"IEND":
        raise DatasetError(f"{name} is cut short: it has no IEND chunk")
    if end != len(data):
        raise DatasetError(f"{name} has {len(data) - end} trailing bytes")
    if (header.depth, header.colour) != (8, colour):
        found = f"{header.depth} bits, colour type {header.colour}"
        raise DatasetError(f"{name} is a PNG of {found}; 8 bits, colour type {colour} is taken")
    _check_size((header.height, header.width), size, name)
    if not header.fits(deflated):
        raise DatasetError(f"{name} is damaged: {deflated} bytes of data cannot hold its pixels")


def _check_size(found: Size, size: Size | None, name: str) -> None:
    if size is not None and found != size:
        raise DatasetError(
            f"{name} is {found[0]}x{found[1]} (HxW), its record says {size[0]}x{size[1]}"
        )
