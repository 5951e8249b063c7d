"""numpy's .npy, of a few kinds of arrays and no other."""

from __future__ import annotations

import functools
import io

import numpy as np

from faceflow.errors import DatasetError
from faceflow.types import AnyArray

_HEADER_SIZE = 128


def encode_npy(array: AnyArray) -> bytes:
    """What `numpy.save` writes, little endian.

    Examples
    --------
    >>> np.load(io.BytesIO(encode_npy(np.eye(2)))).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    array = np.ascontiguousarray(array)
    dtype = array.dtype.newbyteorder("<")
    return _header(dtype.str, array.shape) + array.astype(dtype, copy=False).tobytes()


def decode_rows(data: bytes, dtype: str, columns: int, name: str) -> AnyArray:
    """An array (N, `columns`) that `encode_npy` made.

    The header has to be the one that goes with the number of bytes; it is not interpreted, so that
    nothing in it can do harm.

    Raises
    ------
    DatasetError
        It is anything else; `name` is what the message calls it.
    """
    row = np.dtype(dtype).itemsize * columns
    count, rest = divmod(len(data) - _HEADER_SIZE, row)
    if count < 0 or rest or data[:_HEADER_SIZE] != _header(dtype, (count, columns)):
        taken = f"(N, {columns}) {np.dtype(dtype)}"
        raise DatasetError(
            f"{name} is no .npy of {taken}: {len(data)} bytes that begin with {data[:16]!r}"
        )
    body = np.frombuffer(data, dtype, offset=_HEADER_SIZE).reshape(count, columns)
    return body.astype(body.dtype.newbyteorder("="))


@functools.lru_cache(maxsize=64)
def _header(dtype: str, shape: tuple[int, ...]) -> bytes:
    head = io.BytesIO()
    fields = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(head, fields)
    return head.getvalue()
