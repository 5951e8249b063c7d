"""What a worker on another machine must have: this package as it is here, and the same files."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import faceflow
from faceflow import opencv
from faceflow.errors import ClusterError
from faceflow.files import os_reason, shown, temporary_path
from faceflow.flow.backend import choose


class RunMarker:
    """A hidden file in the output folder that is there as long as its run.

    Workers share nothing with the run but files: one that sees it sees the right folder, and once
    it has gone, they stop. A run that was killed leaves it to the next one, which takes it away
    before it writes anything itself.
    """

    def __init__(self, output: Path) -> None:
        self.path = temporary_path(output / "run")

    def remove(self) -> None:
        """Have parts end; where that fails, what went wrong before is what is told."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def __call__(self) -> bool:
        """Whether the run has been stopped, as works ask it: False, or `ClusterError`."""
        try:
            # Opened, not asked for: network file systems answer that from memory.
            with self.path.open("rb"):
                return False
        except OSError as error:
            raise ClusterError(
                f"{platform.node()} does not see this run's {shown(self.path)}: {os_reason(error)}"
            ) from error


@dataclass(frozen=True)
class Terms:
    """What each part of a run asks of the process that it runs in."""

    marker: RunMarker
    versions: Mapping[str, str]
    """`versions` of the process that started the run."""

    def check(self) -> None:
        """`ClusterError` where they do not hold: a worker may have joined after the start."""
        self.marker()
        problem = _other_versions(self.versions)
        if problem is not None:
            raise ClusterError(f"{platform.node()} {problem}")


@cache
def versions() -> Mapping[str, str]:
    """Of all that the bytes of a dataset may depend on, by name."""
    return {
        "faceflow": faceflow.__version__,
        "numpy": np.__version__,
        "OpenCV": opencv.cv2.__version__,
        "kernel": choose().backend,
    }


def examination(
    wanted: Mapping[str, str], marker: Path | None = None, folders: Sequence[Path] = ()
) -> Callable[[], str | None]:
    """A function that says, in another process, what keeps it from taking part.

    Parameters
    ----------
    wanted
        `versions` of this one.
    marker
        A file that it has to see, beside which it has to be allowed to write.
    folders
        What it reads from.
    """

    # Within another function, so that it is sent as code: the package may not be there.
    def examine() -> str | None:
        try:
            import faceflow
        except ImportError:
            return "has no faceflow"
        except OSError as error:
            return f"cannot load faceflow: {error}"
        if faceflow.__version__ != wanted["faceflow"]:
            return f"has faceflow {faceflow.__version__}, this machine {wanted['faceflow']}"
        from faceflow.execute.workers import shortcoming

        return None if marker is None else shortcoming(wanted, marker, folders)

    return examine


def shortcoming(wanted: Mapping[str, str], marker: Path, folders: Sequence[Path]) -> str | None:
    """What keeps this process from taking part; see `examination`."""
    if not marker.exists():
        return f"does not see OUTPUT {shown(marker.parent)}: a file system that all share is needed"
    if not os.access(marker.parent, os.W_OK | os.X_OK):
        return f"may not write to OUTPUT {shown(marker.parent)}"
    for folder in folders:
        if not os.access(folder, os.R_OK | os.X_OK):
            return f"cannot read {shown(folder)}: a file system that all share is needed"
    return _other_versions(wanted)


def _other_versions(wanted: Mapping[str, str]) -> str | None:
    for name, version in versions().items():
        if version != wanted[name]:
            return f"has {name} {version}, this machine {wanted[name]}"
    return None
