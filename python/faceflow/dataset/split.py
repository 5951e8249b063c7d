"""Train, validation and test: a dataset's subjects shared out, no subject in two parts."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceflow.dataset.layout import PairName, SequenceLayout
from faceflow.dataset.log import claimed
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.records import write_json
from faceflow.dataset.share import share_out
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import ConfigError, DatasetError
from faceflow.files import atomic_write, shown, temporary_path

PARTS = ("train", "val", "test")
FOLDER = "splits"

_SUMMARY = "splits.json"

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class SplitOptions:
    """How a dataset is shared out.

    Raises
    ------
    ConfigError
        The fractions are no three shares of one.
    """

    fractions: tuple[float, ...] = (0.8, 0.1, 0.1)
    """Of the pairs, of train, val and test; a part may have none."""
    seed: int = 0
    flat: bool = False
    """Link the files into one folder for each part."""

    def __post_init__(self) -> None:
        sound = len(self.fractions) == len(PARTS) and all(0 <= f <= 1 for f in self.fractions)
        if not sound or not math.isclose(sum(self.fractions), 1, abs_tol=1e-6):
            given = ",".join(map(str, self.fractions))
            raise ConfigError(
                f"--fractions {given} is not taken: three numbers from 0 to 1 that sum to 1 are"
            )


@dataclass
class _Part:
    """What one part gets."""

    subjects: list[str] = field(default_factory=list)
    sequences: int = 0
    pairs: int = 0


_Sequence = tuple[SequenceLayout, list[PairName]]


def split_dataset(
    output: Path, options: SplitOptions, overwrite: bool = False, lock: bool = True
) -> dict[str, Any]:
    """Write ``OUTPUT/splits``, all of it or nothing.

    It holds train.txt, val.txt and test.txt, a line for each pair whose status is ``ok``: subject,
    sequence, first and second frame, with tabs between (a tab, line end or backslash in a name is
    escaped as in C); splits.json with parameters and counts; and, with `flat`, the folders train,
    val and test with the images, flow and masks as ``<subject>_<sequence>_<file>``, linked.

    Parameters
    ----------
    output
        The dataset.
    options
        How to split.
    overwrite
        Replace a split that is there.
    lock
        Lock the dataset's folder.

    Returns
    -------
    summary
        What splits.json holds.

    Raises
    ------
    ConfigError
        Too few subjects, a split is there, the dataset is in use, or two files' flat names are one.
    DatasetError
        There is no dataset, or a record or file of it is damaged or missing.
    OSError
        From the file system, as it came.
    """
    tree = DatasetTree.open(output)
    if options.flat and tree.in_shards:
        raise ConfigError(
            f"--flat links files, and {shown(output)} is in shards; faceflow export makes files"
        )
    with claimed(output, lock=lock):
        where = output / FOLDER
        _check_place(where, overwrite)
        sequences = [
            (layout, pairs)
            for layout in tree.layouts()
            if (pairs := [name for name, _ in tree.ok_pairs(RecordFile(layout.record))])
        ]
        sizes: dict[str, int] = {}
        for layout, pairs in sequences:
            sizes[layout.subject] = sizes.get(layout.subject, 0) + len(pairs)
        parts = share_out(sizes, options.fractions, options.seed)
        links = _links(sequences, tree.has_masks) if options.flat else {}
        summary = _summary(sequences, parts, options)
        with _replacing(where) as temporary:
            _write(temporary, sequences, parts, summary)
            for name, source in links.items():
                part = PARTS[parts[source.relative_to(output).parts[0]]]
                _link(source, temporary / part / name)
    return summary


def _check_place(where: Path, overwrite: bool) -> None:
    if where.exists() and not (where / _SUMMARY).is_file():
        raise ConfigError(f"{shown(where)}, where a split goes, is something else; it stays")
    if where.exists() and not overwrite:
        raise ConfigError(f"{shown(where)} is there already; --overwrite replaces it")


def _links(sequences: Sequence[_Sequence], masked: bool) -> dict[str, Path]:
    """Flat name -> file."""
    links: dict[str, Path] = {}
    for layout, pairs in sequences:
        files = {layout.image(name) for pair in pairs for name in (pair.first, pair.second)}
        files |= {layout.flow(pair) for pair in pairs}
        files |= {layout.valid(pair) for pair in pairs if masked}
        for path in sorted(files):
            name = f"{layout.subject}_{layout.sequence}_{path.name}"
            if name in links:
                one, other = (shown(f"{p.parts[-3]}/{p.parts[-2]}") for p in (links[name], path))
                raise ConfigError(
                    f"--flat cannot tell {one} from {other}: both have a file {shown(name)}"
                )
            links[name] = path
    return links


def _summary(
    sequences: Sequence[_Sequence], parts: Mapping[str, int], options: SplitOptions
) -> dict[str, Any]:
    counts = [_Part() for _ in PARTS]
    for layout, pairs in sequences:
        part = counts[parts[layout.subject]]
        if layout.subject not in part.subjects[-1:]:
            part.subjects.append(layout.subject)
        part.sequences += 1
        part.pairs += len(pairs)
    return {
        "seed": options.seed,
        "fractions": list(options.fractions),
        "parts": {name: vars(part) for name, part in zip(PARTS, counts, strict=True)},
    }


@contextlib.contextmanager
def _replacing(where: Path) -> Iterator[Path]:
    """A folder that takes the place of another when it is whole, or goes away."""
    temporary, old = temporary_path(where), temporary_path(where)
    temporary.mkdir()
    try:
        yield temporary
        if where.exists():
            where.replace(old)
        temporary.replace(where)
    except BaseException:
        if old.exists():
            old.replace(where)
        raise
    finally:
        for left in (temporary, old):
            shutil.rmtree(left, ignore_errors=True)


def _write(
    folder: Path,
    sequences: Sequence[_Sequence],
    parts: Mapping[str, int],
    summary: Mapping[str, Any],
) -> None:
    lines: list[list[str]] = [[] for _ in PARTS]
    for layout, pairs in sequences:
        names = ((layout.subject, layout.sequence, pair.first, pair.second) for pair in pairs)
        lines[parts[layout.subject]] += [
            "\t".join(name.translate(_ESCAPES) for name in line) + "\n" for line in names
        ]
    for part, text in zip(PARTS, lines, strict=True):
        # Names may have bytes that are no UTF-8; they stay the bytes that they are.
        atomic_write(folder / f"{part}.txt", "".join(text).encode("utf-8", "surrogateescape"))
    write_json(folder / _SUMMARY, dict(summary))


def _link(source: Path, target: Path) -> None:
    """A hard link; where the file system has none, a symbolic link, or else a copy."""
    if not source.is_file():
        raise DatasetError(f"{shown(source)} is not there, though its record says so")
    target.parent.mkdir(exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        try:
            target.symlink_to(Path("..", "..", *source.parts[-3:]))
        except OSError:
            shutil.copyfile(source, target)
