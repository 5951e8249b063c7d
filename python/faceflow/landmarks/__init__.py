"""Where landmarks come from: one module for each source, found by name.

To add a source whose landmarks lie in files, one for each frame, write a module with a function
that says where a frame's file is and one that reads it, and name the two in `SOURCES`. What the
reader raises is `FrameError`, with the reason that the frame's record is to give.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from faceflow.files import StrPath
from faceflow.landmarks.textfile import landmark_path, read_landmark_text
from faceflow.types import Landmarks

__all__ = ["SOURCES", "LandmarkSource", "landmark_path", "read_landmark_text"]


class LandmarkSource(NamedTuple):
    """A source's two functions."""

    path: Callable[[StrPath, str, str, str], Path]
    """Where the landmarks of (folder, subject, sequence, stem) are."""

    read: Callable[[StrPath], Landmarks]
    """The landmarks of one file."""


SOURCES: Mapping[str, LandmarkSource] = {
    "files": LandmarkSource(landmark_path, read_landmark_text),
}
"""The sources by the name that ``--landmarks`` takes."""
