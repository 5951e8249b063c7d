"""Small and read-only file systems, and other users; tests skip where these cannot be had."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def mounted(folder: Path, *words: str) -> Iterator[None]:
    """Mount something on the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *words, str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def small_disk(folder: Path, kilobytes: int) -> contextlib.AbstractContextManager[None]:
    """A disk of its own, of so many kilobytes."""
    return mounted(folder, "-t", "tmpfs", "-o", f"size={kilobytes}k", "none")


def grow(folder: Path, kilobytes: int) -> None:
    """Make room on a small disk."""
    options = ["-o", f"remount,size={kilobytes}k"]
    subprocess.run(["mount", *options, str(folder)], check=True)


def open_to_all(folder: Path) -> None:
    """Let every user read a temporary folder, and look into those that it lies in."""
    for parent in [folder, *folder.parents]:
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(parent.stat().st_mode | 0o055)


def as_nobody(folder: Path) -> list[str]:
    """Words before a command that run it as a user who may read `folder` but owns nothing.

    To read is granted as a capability too: the interpreter may lie where only root can look.
    """
    open_to_all(folder)
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv to become another user")
    granted = "-all,+dac_read_search"
    capabilities = [f"--inh-caps={granted}", f"--ambient-caps={granted}"]
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *capabilities]
