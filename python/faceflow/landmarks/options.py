"""The options that say where landmarks come from."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
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
        check_choices(self, CHOICES)
        if not 0 <= self.min_confidence <= 1:
            given = self.min_confidence
            raise ConfigError(f"--min-confidence {given} is not taken: 0 to 1 is")
        if not (math.isfinite(self.openface_timeout) and self.openface_timeout > 0):
            given = self.openface_timeout
            raise ConfigError(f"--openface-timeout {given} is not taken: seconds over 0 are")

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
        folder = options.landmarks_dir
        if folder is None:
            return options
        if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir() raises where it may not look
            raise ConfigError(f"no landmarks folder {shown(folder)}: name one with --landmarks-dir")
        if options.landmarks == "openface" and (folder / "dataset.json").exists():
            raise ConfigError(
                f"--landmarks-dir {shown(folder)} is a dataset, whose landmarks are in pixels of "
                "its own frames; a folder of OpenFace's files, or of faceflow landmarks, is taken"
            )
        return options

    def _settled(self, images: Path) -> LandmarkOptions:
        beside = (images.resolve() if ".." in images.parts else images.absolute()).parent
        folder = self.landmarks_dir or beside / "Landmarks"
        build = os.environ.get(OPENFACE_VARIABLE)
        openface = self.openface or (Path(build) if build else None)
        if self.openface is not None and self.landmarks in ("files", "dlib"):
            raise ConfigError(f"--openface is not taken with --landmarks {self.landmarks}")
        if self.landmarks == "files":
            return replace(self, landmarks_dir=folder)
        if self.landmarks == "openface":
            return self._settled_openface(openface)
        if self.landmarks == "dlib":
            if self.landmarks_dir is not None:
                raise ConfigError("--landmarks-dir is not taken with --landmarks dlib")
            return self
        if self.landmarks_dir is not None or os.path.isdir(folder):  # noqa: PTH112 - as above
            kind = "openface" if _holds_csv(folder) else "files"
            return replace(self, landmarks=kind, landmarks_dir=folder, openface=None)
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
        was_openface = self.landmarks == "openface" and not self.detects
        return {
            "landmarks": "openface files" if was_openface else self.landmarks,
            "openface_mode": self.openface_mode if runs_openface else None,
            "landmarks_on": self.landmarks_on if runs_openface else None,
            "min_confidence": None if self.landmarks == "files" else self.min_confidence,
        }


def check_choices(options: object, choices: Mapping[str, Sequence[str]]) -> None:
    """Whether options have words that they take.

    Raises
    ------
    ConfigError
        One has another, in words that name it and what is taken.
    """
    for option, taken in choices.items():
        given = getattr(options, option)
        if given not in taken:
            name = option.replace("_", "-")
            raise ConfigError(f"--{name} {given!r} is not taken: {', '.join(taken)} are")


def _holds_csv(folder: Path) -> bool:
    """Whether the first sequence there has CSV files and no texts."""
    for path in folder.glob("*/*/"):
        names = [file.name for file in path.iterdir()]
        texts = any(name.endswith("_landmarks.txt") for name in names)
        return not texts and any(name.endswith(".csv") for name in names)
    return False
