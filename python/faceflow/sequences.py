"""Finding sequences of images: IMAGES/<subject>/<sequence>/<frames>."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from faceflow.errors import ConfigError
from faceflow.files import natural_sorted, os_reason, shown
from faceflow.images import IMAGE_SUFFIXES


@dataclass(frozen=True)
class SequenceFolder:
    """One sequence and its images, in natural order."""

    subject: str
    sequence: str
    folder: Path
    images: tuple[str, ...]
    digest: bytes = b""
    """Of the names, sizes and times of change of its images."""
    problem: str | None = None
    """Why nothing can be made of it, in one line; None if all is well."""

    @property
    def name(self) -> str:
        """``subject/sequence``, as messages show it."""
        return shown(f"{self.subject}/{self.sequence}")

    @property
    def key(self) -> bytes:
        """``subject/sequence`` as the bytes that the file system has."""
        return os.fsencode(f"{self.subject}/{self.sequence}")

    @property
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
    # A tenth of the time of Path.suffix; a data set has a million names. One that has no dot, or
    # none but its first character, has no suffix that is an image's.
    return name[:1] != "." and name[name.rfind(".") :].lower() in IMAGE_SUFFIXES


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
    if not os.path.isdir(images):  # noqa: PTH112 - Path.is_dir() raises where it may not look
        raise ConfigError(f"IMAGES {shown(images)} is no folder")
    if images.resolve() in (where, *where.parents):
        raise ConfigError(
            f"OUTPUT {shown(output)} lies in IMAGES {shown(images)}; a folder apart is taken"
        )
    if landmarks is not None and landmarks.resolve() in (where, *where.parents):
        raise ConfigError(f"OUTPUT {shown(output)} lies in the landmarks folder")
    found = scan(images, subjects, sequences)
    if not found:
        asked = "" if (subjects, sequences) == ("*", "*") else f" that match {subjects}/{sequences}"
        raise ConfigError(
            f"no sequences in {shown(images)}{shown(asked)}: folders <subject>/<sequence>/ with "
            "images are taken"
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
    for subject in subfolders(images):
        if not fnmatchcase(subject, subjects):
            continue
        for sequence in subfolders(images / subject):
            if fnmatchcase(sequence, sequences):
                folder = _sequence(images, subject, sequence)
                if folder.images or folder.problem:
                    found.append(folder)
    return found


def subfolders(parent: Path) -> list[str]:
    """The folders in a folder that are not hidden, in natural order.

    Raises
    ------
    ConfigError
        It cannot be listed.
    """
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


def _sequence(images: Path, subject: str, sequence: str) -> SequenceFolder:
    folder = images / subject / sequence
    try:
        found, digest = list_files(folder, is_image)
    except OSError as error:
        problem = f"the folder cannot be listed: {os_reason(error)}"
        return SequenceFolder(subject, sequence, folder, (), problem=problem)
    names = natural_sorted(found)
    return SequenceFolder(subject, sequence, folder, tuple(names), digest, _problem(names))


def list_files(folder: Path, taken: Callable[[str], bool]) -> tuple[list[str], bytes]:
    """The files of a folder whose names are taken, and a digest of their sizes and times of change.

    The digest changes when a file comes, goes, or is written to. It is made of sums, so that the
    order in which the folder lists its files does not matter, and nothing of them need be kept.

    Raises
    ------
    OSError
        The folder cannot be listed.
    """
    names: list[str] = []
    sizes = times = checks = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if not taken(name):
                continue
            names.append(name)
            try:
                status = entry.stat()
                size, time = status.st_size, status.st_mtime_ns
            except OSError as error:  # a link that leads nowhere, say
                size, time = -1, error.errno or 0
            sizes += size
            times += time
            checks += crc32(f"{name}\0{size} {time}".encode("utf-8", "surrogateescape"))
    sums = f"{len(names)} {sizes} {times} {checks}"
    return names, sha256(sums.encode()).digest()


def _problem(names: list[str]) -> str | None:
    """The first two images with one stem; those with one suffix have none."""
    suffix = names[0][names[0].rfind(".") :] if names else ""
    if all(name.endswith(suffix) for name in names):
        return None
    for name, count in Counter(map(stem, names)).items():
        if count > 1:
            files = ", ".join(shown(n) for n in names if stem(n) == name)
            return f"{count} images have the stem {shown(name)}: {files}"
    return None
