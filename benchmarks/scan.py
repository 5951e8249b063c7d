"""`os.scandir` and `stat` of every file of some folders: `scan.py FOLDER...`."""

from __future__ import annotations

import os
import sys


def scan(folder: str) -> None:
    """And those within."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                scan(entry.path)
            else:
                entry.stat()


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        scan(folder)
