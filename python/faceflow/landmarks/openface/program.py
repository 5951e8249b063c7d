"""OpenFace's programs: where they are, and how a process of one ended."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from faceflow.errors import ConfigError, FrameError
from faceflow.files import StrPath, digest_file, frame_name, os_reason, shown

_LONGEST_QUOTE = 200
# OpenFace has some 100 files in 20 folders. A bin may hold more, and links in a circle.
_MOST_FILES, _MOST_FOLDERS = 10_000, 1_000
_RESULTS = "processed"  # where OpenFace leaves them if nobody says where


class Program(NamedTuple):
    """A program of OpenFace."""

    path: Path
    """Absolute and without links: OpenFace looks for its models beside the path it is called by."""

    digest: bytes
    """Of what is in the file."""

    models: bytes
    """A digest of the names, sizes and times of change of its models' files."""

    @property
    def name(self) -> str:
        return self.path.name


class Ending(NamedTuple):
    """How a process of a program ended."""

    program: Program

    how: str
    """In words that follow the program's name."""

    code: int | None = None
    """The exit code, or minus the signal that killed it; None if it never ran or was stopped."""

    timed_out: bool = False
    """Whether it was stopped for time."""

    output: str = ""
    """The last lines it printed."""

    @property
    def by_itself(self) -> bool:
        """Whether the program came to an end of its own, be it a bad one."""
        return self.code is not None and self.code >= 0

    def story(self) -> str:
        """How it ended without a result and what it said, in one line without its folder's path."""
        lines = [line.strip() for line in self.output.splitlines()]
        last = next((line for line in reversed(lines) if line), "")
        last = last.replace(f"{self.program.path.parent}{os.sep}", "")
        said = f"; it printed last: {shown(last[:_LONGEST_QUOTE])}" if last else ""
        lacking = " and left no result" if self.code == 0 else ""
        return f"{self.program.name} {self.how}{lacking}{said}"

    def error(self, image: StrPath) -> FrameError:
        """What became of a frame that it gave nothing for."""
        reason = "openface_timeout" if self.timed_out else "openface_crash"
        return FrameError(reason, f"{frame_name(image)}: {self.story()}")


def find_program(build: Path, name: str) -> Program:
    """A program in OpenFace's build folder.

    Raises
    ------
    ConfigError
        It is not there, no regular file, or cannot be read or executed.
    """
    path = build / "bin" / name
    try:
        digest = digest_file(path)
    except OSError as error:
        raise _refused(build, name, os_reason(error)) from error
    if not os.access(path, os.X_OK):
        raise _refused(build, name, "it is not executable")
    real = path.resolve()
    models = repr(list(islice(_models(real.parent), _MOST_FILES)))
    return Program(real, digest, hashlib.sha256(models.encode()).digest())


def _models(folder: Path) -> Iterator[tuple[bytes, int, int]]:
    """The names, sizes and times of change of the files in the folders of a folder.

    OpenFace has its models there. The files beside those folders may be any other programs.
    """
    for place, folders, files in islice(os.walk(folder, followlinks=True), _MOST_FOLDERS):
        folders[:] = sorted(name for name in folders if name != _RESULTS)
        for name in sorted(files) if Path(place) != folder else ():
            path = Path(place, name)
            with contextlib.suppress(OSError):  # a link to nowhere
                told = path.stat()
                yield os.fsencode(path.relative_to(folder)), told.st_size, told.st_mtime_ns


def _refused(build: Path, name: str, why: str) -> ConfigError:
    return ConfigError(
        f"--openface {shown(build)}: bin/{name} cannot be used: {why}; the build folder of "
        f"OpenFace 2, with its programs in bin, is taken"
    )
