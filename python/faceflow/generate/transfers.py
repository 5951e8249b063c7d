"""Which photographs are given which motions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from faceflow.dataset.layout import configuration_path
from faceflow.dataset.records import read_json
from faceflow.errors import ConfigError, DatasetError
from faceflow.files import natural_sorted, os_reason, shown
from faceflow.generate.plan import Portraits
from faceflow.landmarks.reader import FrameReader
from faceflow.landmarks.source import READERS
from faceflow.sequences import (
    SequenceFolder,
    check_apart,
    digest_files,
    is_image,
    list_files,
    scan,
    stem,
    subfolders,
)
from faceflow.truth.render_options import RenderOptions

_TEXT, _CSV = "_landmarks.txt", ".csv"


class Transfer(NamedTuple):
    """A sequence to make: its frames' names; and what its photograph and landmarks are taken from,
    if not from its own images."""

    folder: SequenceFolder
    portraits: Portraits | None = None
    motion: FrameReader | None = None


class Motion(NamedTuple):
    """A sequence of landmarks."""

    folder: SequenceFolder
    reader: FrameReader


def find_transfers(
    images: Path,
    output: Path,
    landmarks: Path | None,
    options: RenderOptions,
    subjects: str = "*",
    sequences: str = "*",
) -> list[Transfer]:
    """The sequences to make of photographs and motions of others.

    Their subject is the photograph's (its name to the last dot, or the folder's that it is in);
    their name has the motion's subject and sequence, after the photograph's sequence where it has
    one: ``T1_F002_T3``. What is drawn again by lot ends in ``_2`` and so on.

    Parameters
    ----------
    images
        Holds photographs, or subjects as for `find_sequences`, or both.
    output, landmarks
        As for `find_sequences`.
    options
        With a folder of motions.
    subjects, sequences
        Shell patterns that the names of sequences match, which the lot is drawn from.

    Raises
    ------
    ConfigError
        There are no photographs or no motions, or more sequences are asked for than can differ.
    """
    assert options.motions is not None
    check_apart(images, output, landmarks)
    check_apart(images, output, options.motions)
    portraits = find_portraits(images)
    if not portraits:
        raise ConfigError(
            f"no photographs in {shown(images)}: images, and folders <subject>/<sequence>/ with "
            "images, are taken"
        )
    _check_motions(options.motions)
    motions = find_motions(options.motions)
    if not motions:
        raise ConfigError(
            f"no motions in --motions {shown(options.motions)}: <subject>/<sequence>/ with "
            f"<frame>{_TEXT} or <frame>{_CSV} is taken, as faceflow landmarks writes it"
        )
    pairs = [(portrait, motion) for portrait in portraits for motion in motions]
    asked = [p for p in pairs if _matches(_transfer(*p, 1).folder, subjects, sequences)]
    if not asked:
        raise ConfigError(f"no sequence's name matches {subjects}/{sequences}")
    found = [_transfer(*drawn) for drawn in _drawn(asked, options)]
    names = Counter(transfer.folder.key for transfer in found)
    return [_marked(t) if names[t.folder.key] > 1 else t for t in found]


def find_portraits(images: Path) -> list[Portraits]:
    """Single photographs in a folder, and the sequences in it.

    Raises
    ------
    ConfigError
        It cannot be listed.
    """
    names = _listed(images, is_image)[0]
    album = SequenceFolder("", "", images, tuple(natural_sorted(names)))
    singles = [
        Portraits(stem(name), "", album, range(i, i + 1), digest_files([images / name]))
        for i, name in enumerate(album.images)
    ]
    folders = [folder for folder in scan(images) if folder.problem is None]
    return singles + [
        Portraits(f.subject, f.sequence, f, range(len(f.images)), f.digest) for f in folders
    ]


def find_motions(folder: Path) -> list[Motion]:
    """The sequences of landmarks in a folder, in natural order.

    Raises
    ------
    ConfigError
        It cannot be listed.
    """
    places = [
        (subject, name) for subject in subfolders(folder) for name in subfolders(folder / subject)
    ]
    found = (_motion(folder, subject, name) for subject, name in places)
    return [motion for motion in found if motion.folder.images]


def _check_motions(folder: Path) -> None:
    """A dataset's landmarks may be squeezed, as its frames are, or have points placed beside."""
    path = configuration_path(folder)
    if not path.exists():
        return
    try:
        made_with = read_json(path).get("configuration")
    except DatasetError as error:
        raise ConfigError(f"--motions {shown(folder)} is not taken: {error}") from error
    fields = made_with if isinstance(made_with, dict) else {}
    usual = {"size": "source", "writer": "files", "images": "real", "extend": "none"}
    for name, value in usual.items():
        if fields.get(name, value) != value:
            raise ConfigError(
                f"--motions {shown(folder)} is not taken: it is a dataset made with --{name} "
                f"{shown(str(fields[name]))}; one with --{name} {value} is, or the landmarks that "
                "it was made from"
            )


def _motion(folder: Path, subject: str, sequence: str) -> Motion:
    place = folder / subject / sequence
    names, digest = _listed(place, _is_landmarks)
    texts = [name.removesuffix(_TEXT) + ".txt" for name in names if name.endswith(_TEXT)]
    frames = texts or names
    motion = SequenceFolder(subject, sequence, place, tuple(natural_sorted(frames)), digest)
    return Motion(motion, READERS["files" if texts else "openface"](folder, motion))


def _is_landmarks(name: str) -> bool:
    return name.endswith((_TEXT, _CSV)) and not name.startswith(".")


def _listed(folder: Path, taken: Callable[[str], bool]) -> tuple[list[str], bytes]:
    try:
        return list_files(folder, taken)
    except OSError as error:
        raise ConfigError(f"{shown(folder)} cannot be listed: {os_reason(error)}") from error


def _drawn(
    pairs: Sequence[tuple[Portraits, Motion]], options: RenderOptions
) -> Iterator[tuple[Portraits, Motion, int]]:
    """Photographs, motions, and the how-manieth time these are drawn."""
    if options.count is None:
        yield from ((*pair, 1) for pair in pairs)
        return
    if options.count > len(pairs) and options.head_motion == "none" and not options.variations:
        raise ConfigError(
            f"--count {options.count} is not taken: photographs and motions make {len(pairs)} "
            "sequences, more would be the same again without --head-motion or --vary"
        )
    chance, lots = random.Random(options.seed), list(pairs)
    for start in range(0, options.count, len(pairs)):
        chance.shuffle(lots)
        turn = start // len(pairs) + 1
        yield from ((*pair, turn) for pair in lots[: options.count - start])


def _transfer(portraits: Portraits, motion: Motion, turn: int) -> Transfer:
    parts = [portraits.sequence] if portraits.sequence else []
    parts += [motion.folder.subject, motion.folder.sequence]
    parts += [str(turn)] if turn > 1 else []
    folder = replace(motion.folder, subject=portraits.name, sequence="_".join(parts))
    return Transfer(folder, portraits, motion.reader)


def _matches(folder: SequenceFolder, subjects: str, sequences: str) -> bool:
    return fnmatchcase(folder.subject, subjects) and fnmatchcase(folder.sequence, sequences)


def _marked(transfer: Transfer) -> Transfer:
    problem = "several photographs and motions would give it its name"
    return transfer._replace(folder=replace(transfer.folder, problem=problem))
