"""OpenCV with the package's limits: modules take `cv2` from here, not by an import of their own.

OpenCV reads its limit on an image's pixels once, when it is loaded.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Iterator

from faceflow.types import MOST_PIXELS

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MOST_PIXELS))

import cv2 as cv2

_SILENT = 0


@functools.cache
def quiet() -> None:
    """Keep OpenCV's log off the terminal, for the whole process.

    What a damaged file makes it print is told by our own exceptions.
    """
    # OpenCV 4 has it at the top, OpenCV 5 only in a module of its own.
    set_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
    set_level(_SILENT)


class _Limit:
    """How many ask for one thread now, and how many there were before: OpenCV has one number."""

    lock = threading.Lock()
    asking = 0
    before = 0


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenCV to one thread meanwhile: frames are shared out over threads, not each frame.

    Several threads may ask at once; what there was comes back when the last of them ends.
    """
    with _Limit.lock:
        if _Limit.asking == 0:
            _Limit.before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _Limit.asking += 1
    try:
        yield
    finally:
        with _Limit.lock:
            _Limit.asking -= 1
            if _Limit.asking == 0:
                cv2.setNumThreads(_Limit.before)
