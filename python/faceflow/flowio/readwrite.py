"""Reading and writing flow files of any format."""

from __future__ import annotations

import os
from typing import Literal, overload

import numpy as np

from faceflow.errors import FlowFileError
from faceflow.files import StrPath, atomic_write, open_regular, os_reason, shown
from faceflow.flowio.registry import format_of
from faceflow.types import Flow, Mask


@overload
def read_flow(
    path: StrPath, *, return_valid: Literal[False] = False, negated: bool = False
) -> Flow: ...


@overload
def read_flow(
    path: StrPath, *, return_valid: Literal[True], negated: bool = False
) -> tuple[Flow, Mask]: ...


@overload
def read_flow(
    path: StrPath, *, return_valid: bool, negated: bool = False
) -> Flow | tuple[Flow, Mask]: ...


def read_flow(
    path: StrPath, *, return_valid: bool = False, negated: bool = False
) -> Flow | tuple[Flow, Mask]:
    """Read a flow file: .flo, .png (KITTI, 16-bit), .npz or .pfm, by its suffix.

    Parameters
    ----------
    path
        The file.
    return_valid
        Return the validity as well.
    negated
        The file holds minus the flow, as those of the reference system do: turn the signs.

    Returns
    -------
    flow
        (H, W, 2) float32, (u, v) in pixels; NaN where the file says that nothing is known (an
        .npz that has values there keeps them).
    valid
        (H, W) bool, only with `return_valid`: True where the flow is known.

    Raises
    ------
    FlowFileError
        The file cannot be opened, is of no format taken, is cut short or too long, or is damaged
        otherwise. The declared size is checked before anything is allocated for it.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.flo")
    ...     write_flow(path, np.array([[[1, 2], [np.nan, np.nan]]], np.float32))
    ...     flow, valid = read_flow(path, return_valid=True)
    >>> flow.tolist(), valid.tolist()
    ([[[1.0, 2.0], [nan, nan]]], [[True, False]])
    """
    name = shown(path)
    flow_format = format_of(path)
    try:
        with open_regular(path) as file:
            flow, valid = flow_format.decode(file, os.fstat(file.fileno()).st_size, name)
    except OSError as error:
        raise FlowFileError(f"{name} cannot be read: {os_reason(error)}") from error
    if negated:
        np.subtract(np.float32(0), flow, out=flow)  # unlike a change of sign, makes no -0.0
    return (flow, valid) if return_valid else flow


def write_flow(path: StrPath, flow: Flow, valid: Mask | None = None) -> None:
    """Write a flow file: .flo, .png (KITTI, 16-bit), .npz (float16) or .pfm, by its suffix.

    Unknown pixels become 1e10 in .flo, valid = 0 in KITTI PNG, NaN in .npz and .pfm. The file is
    there whole or not at all.

    Parameters
    ----------
    path
        The file; one that is there is replaced.
    flow
        (H, W, 2) float32, (u, v) in pixels.
    valid
        (H, W) bool, True where the flow is known; by default where both components are finite.

    Raises
    ------
    ArrayError
        `flow` or `valid` is no such array, or flow is not finite at a valid pixel.
    FlowFileError
        The suffix is not taken, or a valid pixel's flow is beyond what the format holds (-512 to
        511.98 px in KITTI PNG): values are never clipped.
    OSError
        From the file system, as it came.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.png")
    ...     write_flow(path, np.full((4, 6, 2), 0.25, np.float32))
    ...     read_flow(path)[0, 0].tolist()
    [0.25, 0.25]
    """
    atomic_write(path, format_of(path).encode(flow, valid))
