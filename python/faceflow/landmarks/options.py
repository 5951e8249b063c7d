"""The options that say where landmarks come from."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faceflow.errors import ConfigError
from faceflow.files import shown
from faceflow.landmarks.choose import MIN_CONFIDENCE

OPENFACE_VARIABLE = "FACEFLOW_OPENFACE"

CHOICES = {
    "landmarks": ("auto", "files", "openface", "dlib"),
    "openface_mode": ("image", "sequence"),
    "landmarks_on": ("original", "resized"),
}
"""The words each option takes."""


@dataclass(frozen=True)
class LandmarkOptions:
    """The options that say where landmarks come from; see ``faceflow-gen --help`` for each.

    Raises
    ------
    ConfigError
        An option has a value that is not taken.
    """

    landmarks: str = "auto"
    landmarks_dir: Path | None = None
    openface: Path | None = None
    openface_mode: str = "image"
    openface_timeout: float = 60.0
    min_confidence: float = MIN_CONFIDENCE
    landmarks_on: str = "original"

    def __post_init__(self) -> None:
        for option, taken in CHOICES.items():
            if getattr(self, option) not in taken:
                name, given = option.replace("_", "-"), getattr(self, option)
                raise ConfigError(f"--{name} {given!r} is not taken: {', '.join(taken)} are")
        if not 0 <= self.min_confidence <= 1:
            given = self.min_confidence
            raise ConfigError(f"--min-confidence {given} is not taken: 0 to 1 is")
        if not (math.isfinite(self.openface_timeout) and self.openface_timeout > 0):
            given = self.openface_timeout
            raise ConfigError(f"--openface-timeout {given} is not taken: more than 0 s is")

    @property
    def detects(self) -> bool:
        """Whether the source looks at the images itself; known once it is resolved."""
        return self.landmarks_dir is None

    def resolved(self, images: Path) -> LandmarkOptions:
        """With a source in place of ``auto``, and where it finds what it needs.

        Raises
        ------
        ConfigError
            Options that do not go together, or nothing to take landmarks from.
        """
        options = self._settled(images)
        if options.landmarks_dir is not None and not options.landmarks_dir.is_dir():
            raise ConfigError(
                f"no landmarks folder {shown(options.landmarks_dir)}: name one with --landmarks-dir"
            )
        return options

    def _settled(self, images: Path) -> LandmarkOptions:
        beside = (images.resolve() if ".." in images.parts else images.absolute()).parent
        folder = self.landmarks_dir or beside / "Landmarks"
        build = os.environ.get(OPENFACE_VARIABLE)
        openface = self.openface or (Path(build) if build else None)
        if self.landmarks == "files":
            return replace(self, landmarks_dir=folder)
        if self.landmarks == "openface":
            return self._settled_openface(openface)
        if self.landmarks == "dlib":
            if self.landmarks_dir is not None:
                raise ConfigError("--landmarks-dir is not taken with --landmarks dlib")
            return self
        if self.landmarks_dir is not None or folder.is_dir():
            return replace(self, landmarks="files", landmarks_dir=folder)
        if openface is not None:
            return replace(self, landmarks="openface", openface=openface)
        return replace(self, landmarks="dlib")

    def _settled_openface(self, openface: Path | None) -> LandmarkOptions:
        if self.landmarks_dir is not None:
            if self.openface is not None:
                raise ConfigError(
                    "--openface and --landmarks-dir are not taken together: "
                    "OpenFace is run, or what it found earlier is read"
                )
            return self
        if openface is None:
            raise ConfigError(
                "--landmarks openface needs --openface DIR (its build folder), or --landmarks-dir "
                "DIR with the CSV files of an earlier run"
            )
        return replace(self, openface=openface)

    def defining(self) -> dict[str, Any]:
        """What the landmarks depend on beside the images, as ``dataset.json`` holds it."""
        runs_openface = self.landmarks == "openface" and self.detects
        return {
            "landmarks": self.landmarks,
            "openface_mode": self.openface_mode if runs_openface else None,
            "landmarks_on": self.landmarks_on if self.detects else None,
            "min_confidence": None if self.landmarks == "files" else self.min_confidence,
        }
