"""Names and kinds of files that people do have."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

AWKWARD_NAMES = [
    "a b.bin",
    'it\'s "so".bin',
    "two\nlines.bin",
    "é漢字.bin",
    os.fsdecode(b"\xff\xfe.bin"),
]


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def make_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@contextlib.contextmanager
def reading_refused(path: Path) -> Iterator[None]:
    """The file may not be read within; root, whom nothing is refused, becomes nobody."""
    path.chmod(0)
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
