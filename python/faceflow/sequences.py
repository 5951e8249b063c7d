"""Finding sequences of images: IMAGES/<subject>/<sequence>/<frames>."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePath

from faceflow.errors import ConfigError
from faceflow.files import natural_sorted, os_reason, shown
from faceflow.images import IMAGE_SUFFIXES

_OUTPUT_PREFIXES = ("", "flow_", "flow_viz_")  # of SequenceLayout's folders


@dataclass(frozen=True)
class SequenceFolder:
    """One sequence and its images, in natural order."""

    subject: str
    sequence: str
    folder: Path
    images: tuple[str, ...]
    problem: str | None = None
    """Why nothing can be made of it, in one line; None if all is well."""

    @property
    def name(self) -> str:
        """``subject/sequence``, as messages show it."""
        return shown(f"{self.subject}/{self.sequence}")

    @cached_property
    def stems(self) -> list[str]:
        """The frames' names: all before the last dot."""
        return [stem(image) for image in self.images]


def stem(image: str) -> str:
    """A frame's name: its file's name up to the last dot.

    Examples
    --------
    >>> stem("005.v1.jpg")
    '005.v1'
    """
    return image.rpartition(".")[0]


def is_image(name: str) -> bool:
    """Whether a file's name is that of a frame: a known suffix, not hidden.

    Examples
    --------
    >>> is_image("001.JPG"), is_image("._001.jpg"), is_image("notes.txt")
    (True, False, False)
    """
    return not name.startswith(".") and PurePath(name).suffix.lower() in IMAGE_SUFFIXES


def find_sequences(
    images: Path,
    output: Path,
    landmarks: Path | None = None,
    subjects: str = "*",
    sequences: str = "*",
) -> list[SequenceFolder]:
    """The sequences that something is to be made of, in a folder apart.

    Parameters
    ----------
    images
        Holds the subjects.
    output
        Where it is to go.
    landmarks
        Holds their landmarks, if a folder does.
    subjects, sequences
        Shell patterns.

    Raises
    ------
    ConfigError
        There are none, or output and input lie in one another.
    """
    where = output.resolve()
    if not images.is_dir():
        raise ConfigError(f"IMAGES {shown(images)} is no folder")
    if images.resolve() in (where, *where.parents):
        raise ConfigError(
            f"OUTPUT {shown(output)} lies in IMAGES {shown(images)}; a folder apart is taken"
        )
    if landmarks is not None and landmarks.resolve() in (where, *where.parents):
        raise ConfigError(f"OUTPUT {shown(output)} lies in the landmarks folder")
    found = scan(images, subjects, sequences)
    if not found:
        raise ConfigError(
            f"no sequences in {shown(images)}: folders <subject>/<sequence>/ with images are taken"
        )
    return found


def scan(images: Path, subjects: str = "*", sequences: str = "*") -> list[SequenceFolder]:
    """List the sequences whose names match, in natural order.

    Hidden names and files that are no images are passed over, as are folders without images.
    A folder named like an image counts as one, so that it is reported, not lost.

    Raises
    ------
    ConfigError
        `images` cannot be listed.
    """
    found = []
    for subject in _folders(images):
        if not fnmatchcase(subject, subjects):
            continue
        names = _folders(images / subject)
        for sequence in names:
            if fnmatchcase(sequence, sequences):
                folder = _sequence(images, subject, sequence, names)
                if folder.images or folder.problem:
                    found.append(folder)
    return found


def _folders(parent: Path) -> list[str]:
    try:
        with os.scandir(parent) as entries:
            names = [e.name for e in entries if not e.name.startswith(".") and _is_folder(e)]
    except OSError as error:
        raise ConfigError(f"{shown(parent)} cannot be listed: {os_reason(error)}") from error
    return natural_sorted(names)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle is no folder
        return False


def _sequence(images: Path, subject: str, sequence: str, siblings: list[str]) -> SequenceFolder:
    folder = images / subject / sequence
    try:
        names = natural_sorted(path.name for path in folder.iterdir() if is_image(path.name))
    except OSError as error:
        problem = f"the folder cannot be listed: {os_reason(error)}"
        return SequenceFolder(subject, sequence, folder, (), problem)
    first_problem = next(_problems(sequence, names, siblings), None)
    return SequenceFolder(subject, sequence, folder, tuple(names), first_problem)


def _problems(sequence: str, names: list[str], siblings: list[str]) -> Iterator[str]:
    if not names:
        return
    for name, count in Counter(map(stem, names)).items():
        if count > 1:
            files = ", ".join(shown(n) for n in names if stem(n) == name)
            yield f"{count} images have the stem {shown(name)}: {files}"
    for prefix in _OUTPUT_PREFIXES:
        output = prefix + sequence
        owners = {output.removeprefix(other) for other in _OUTPUT_PREFIXES} - {sequence}
        for owner in natural_sorted(owners.intersection(siblings)):
            yield f"its output folder {shown(output)} is one of the sequence {shown(owner)} too"
