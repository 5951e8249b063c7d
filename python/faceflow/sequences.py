"""Finding sequences: folders IMAGES/<subject>/<sequence>/<images>, and videos beside them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from faceflow import videos
from faceflow.errors import ConfigError, FrameError
from faceflow.files import natural_sorted, os_reason, shown
from faceflow.images import IMAGE_SUFFIXES


@dataclass(frozen=True)
class SequenceFolder:
    """One sequence and its images, in natural order."""

    subject: str
    sequence: str
    folder: Path
    """Of the images; or the video that they are the frames of."""
    images: tuple[str, ...]
    digest: bytes = b""
    """Of the names, sizes and times of change of its images."""
    problem: str | None = None
    """Why nothing can be made of it, in one line; None if all is well."""
    is_video: bool = False
    """Whether `folder` is a video, whose frames the images are; they are no files."""

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
    check_apart(images, output, landmarks)
    found = scan(images, subjects, sequences)
    if not found:
        asked = "" if (subjects, sequences) == ("*", "*") else f" that match {subjects}/{sequences}"
        raise ConfigError(
            f"no sequences in {shown(images)}{shown(asked)}: folders <subject>/<sequence>/ with "
            "images are taken, and videos <subject>/<sequence>.mp4|avi|mkv|mov"
        )
    return found


def check_apart(images: Path, output: Path, landmarks: Path | None = None) -> None:
    """Refuse what is no folder of images, and an output that holds what it is made from.

    Raises
    ------
    ConfigError
        In one line.
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


def scan(images: Path, subjects: str = "*", sequences: str = "*") -> list[SequenceFolder]:
    """List the sequences whose names match, in natural order.

    Hidden names and files that are neither images nor videos are passed over, as are folders
    without images. A folder named like an image counts as one, so that it is reported, not lost.

    Raises
    ------
    ConfigError
        `images` cannot be listed.
    """
    found = []
    for subject in subfolders(images):
        if not fnmatchcase(subject, subjects):
            continue
        sources = _sources(images / subject)
        for sequence in natural_sorted(sources):
            if fnmatchcase(sequence, sequences):
                found += _sequence(subject, sequence, sources[sequence])
    return found


def open_sequence(source: Path) -> SequenceFolder:
    """The sequence that a folder of images is, or a video, wherever it lies.

    Raises
    ------
    ConfigError
        It is neither, or nothing can be made of it.
    """
    if source.is_dir():
        found = _of_images(source.parent.name, source.name, source)
    elif videos.is_video(source.name) and source.is_file():
        found = _of_video(source.parent.name, stem(source.name), source)
    else:
        raise ConfigError(f"{shown(source)} is neither a folder of images nor a video")
    if found.problem is not None:
        raise ConfigError(f"{shown(source)}: {found.problem}")
    return found


def subfolders(parent: Path) -> list[str]:
    """The folders in a folder that are not hidden, in natural order.

    Raises
    ------
    ConfigError
        It cannot be listed.
    """
    return _entries(parent, _is_folder)


def sequence_names(subject: Path) -> list[str]:
    """The names that sequences of a subject have or would have: of its folders and its videos.

    Raises
    ------
    ConfigError
        The subject's folder cannot be listed.
    """
    return natural_sorted(_sources(subject))


def _sources(subject: Path) -> dict[str, list[Path]]:
    """The folders and videos of a subject, by the names of their sequences."""
    sources = {name: [subject / name] for name in subfolders(subject)}
    for video in _entries(subject, _is_video):
        sources.setdefault(stem(video), []).append(subject / video)
    return sources


def _entries(parent: Path, taken: Callable[[os.DirEntry[str]], bool]) -> list[str]:
    try:
        with os.scandir(parent) as entries:
            names = [e.name for e in entries if not e.name.startswith(".") and taken(e)]
    except OSError as error:
        raise ConfigError(f"{shown(parent)} cannot be listed: {os_reason(error)}") from error
    return natural_sorted(names)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle is no folder
        return False


def _is_video(entry: os.DirEntry[str]) -> bool:
    return videos.is_video(entry.name) and not _is_folder(entry)


def _sequence(subject: str, sequence: str, sources: list[Path]) -> list[SequenceFolder]:
    """What the sources of one name give: nothing, one sequence, or a problem if there are more."""
    found = []
    for source in sources:
        is_folder = source.name == sequence
        folder = (_of_images if is_folder else _of_video)(subject, sequence, source)
        found += [folder] if folder.images or folder.problem else []
    if len(found) < 2:
        return found
    names = ", ".join(shown(folder.folder.name) for folder in found)
    problem = f"{len(found)} folders or videos have its name: {names}"
    return [SequenceFolder(subject, sequence, found[0].folder, (), problem=problem)]


def _of_video(subject: str, sequence: str, video: Path) -> SequenceFolder:
    try:
        names = videos.video_frame_names(video)
        status = video.stat()
    except FrameError as error:
        return SequenceFolder(subject, sequence, video, (), problem=error.detail, is_video=True)
    except OSError as error:  # it has gone since
        problem = f"{shown(video.name)} cannot be read: {os_reason(error)}"
        return SequenceFolder(subject, sequence, video, (), problem=problem, is_video=True)
    facts = f"{video.name}\0{status.st_size} {status.st_mtime_ns}"
    digest = sha256(facts.encode("utf-8", "surrogateescape")).digest()
    return SequenceFolder(subject, sequence, video, names, digest, is_video=True)


def _of_images(subject: str, sequence: str, folder: Path) -> SequenceFolder:
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


def digest_files(paths: Iterable[Path]) -> bytes:
    """What changes when one of a few files comes, goes, or is written to."""
    facts = []
    for path in paths:
        try:
            status = path.stat()
            facts.append(f"{path.name}\0{status.st_size} {status.st_mtime_ns}")
        except OSError:
            facts.append(path.name)
    return sha256("\0".join(facts).encode("utf-8", "surrogateescape")).digest()


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
