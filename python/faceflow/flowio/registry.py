"""The flow file formats, by suffix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from faceflow.errors import FlowFileError
from faceflow.files import Buffer, Source, StrPath, shown
from faceflow.flowio import flo, kitti, npz, pfm
from faceflow.types import Flow, Mask, Size


class FlowFormat(Protocol):
    """What the module of a format has."""

    def encode(self, flow: Flow, valid: Mask | None = None) -> Sequence[Buffer]:
        """The file's bytes, in buffers that follow one another.

        A format may take ``unknown``, what is written where `valid` is False, as a keyword.

        Raises
        ------
        ArrayError
            `flow` or `valid` is no such array, or flow is not finite at a valid pixel.
        FlowFileError
            A valid pixel's flow is beyond what the format can hold.
        """

    def decode(self, source: Source, size: int, name: str) -> tuple[Flow, Mask]:
        """The flow and its validity, from a seekable source that has exactly `size` bytes.

        Nothing is allocated for what a header declares before `size` is found to agree.

        Raises
        ------
        FlowFileError
            The bytes are not a whole file of the format; the message begins with `name`.
        """

    def measure(self, source: Source, size: int, name: str) -> Size:
        """(H, W) of a file that is whole, as far as that shows without decoding it.

        Arguments and errors are those of `decode`.
        """


FORMATS: Mapping[str, FlowFormat] = {".flo": flo, ".png": kitti, ".npz": npz, ".pfm": pfm}
"""The module of each suffix, in lower case."""


def format_of(path: StrPath) -> FlowFormat:
    """The format of a path by its suffix, in any case.

    Raises
    ------
    FlowFileError
        The suffix is none of `FORMATS`.

    Examples
    --------
    >>> format_of("0001.FLO").__name__
    'faceflow.flowio.flo'
    """
    suffix = Path(path).suffix
    if suffix.lower() not in FORMATS:
        taken = ", ".join(FORMATS)
        raise FlowFileError(f"{shown(path)} has suffix {suffix!r}, a flow file has one of {taken}")
    return FORMATS[suffix.lower()]
